from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bridgehead.authentication.accounts import Account, Claim, Outcome, Verdict
from bridgehead.authentication.channel_binding import ntlm_binding
from bridgehead.authentication.handshake import LONGEST_TOKEN, Admitted, Denied, Handshake, Reply, Ticket
from tests.authentication.logins import (
    PASSWORD,
    SERVED,
    account_file,
    client,
    handshake,
    log_in,
    verdict_of,
)
from tests.authentication.messages import CURL, authenticate, nt_response, pair
from tests.authentication.published_vectors import AUTHENTICATE_MESSAGE

if TYPE_CHECKING:
    from bridgehead.authentication.handshake import Policy

SCHEMES = ("NTLM", "Negotiate")
OTHER = b"\xee" * 32


def outcome(end: Admitted | Denied) -> Outcome:
    return end.outcome if isinstance(end, Denied) else Outcome.ACCEPTED


# Logins with pyspnego as the client, whose code over all messages is verified each time


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_right_password_is_admitted_with_its_groups(scheme: str) -> None:
    end = log_in(scheme, handshake(), client(scheme), account_file("Everybody", "CONTOSO\\staff", "nobody"))
    assert isinstance(end, Admitted)
    assert end.account == Account("CONTOSO\\alice", frozenset({"Everybody", "CONTOSO\\staff"}))


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("user", ["alice", "ALICE", "contoso\\Alice", "contoso.com\\alice", "alice@contoso.com"])
def test_every_spelling_of_a_user_is_the_same_account(scheme: str, user: str) -> None:
    end = log_in(scheme, handshake(), client(scheme, user))
    assert isinstance(end, Admitted)
    assert end.account.name == "CONTOSO\\alice"


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    ("user", "password"), [("zoë", "Zoë-mag-Lync-ß4"), ("ZOË", "Zoë-mag-Lync-ß4"), ("strauß", "Strauß-likes-lync-5")]
)
def test_a_name_beyond_ascii_is_admitted(scheme: str, user: str, password: str) -> None:
    assert outcome(log_in(scheme, handshake(), client(scheme, user, password))) is Outcome.ACCEPTED


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    ("user", "password", "expected"),
    [
        ("alice", "wrong", Outcome.WRONG_PASSWORD),
        ("mallory", PASSWORD, Outcome.UNKNOWN_USER),
        ("FABRIKAM\\alice", PASSWORD, Outcome.UNKNOWN_USER),
        ("alice@fabrikam.com", PASSWORD, Outcome.UNKNOWN_USER),
        ("carol", "Carol-likes-lync-3", Outcome.ACCOUNT_DISABLED),
        ("carol", "wrong", Outcome.WRONG_PASSWORD),
    ],
)
def test_who_is_not_admitted_and_why(scheme: str, user: str, password: str, expected: Outcome) -> None:
    server = handshake()
    assert outcome(log_in(scheme, server, client(scheme, user, password))) is expected
    assert not server.under_way


@pytest.mark.parametrize("scheme", SCHEMES)
def test_after_a_failure_the_same_connection_may_try_again(scheme: str) -> None:
    server = handshake()
    assert outcome(log_in(scheme, server, client(scheme, password="wrong"))) is Outcome.WRONG_PASSWORD
    assert outcome(log_in(scheme, server, client(scheme))) is Outcome.ACCEPTED


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_client_of_ntlm_1_is_refused(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LM_COMPAT_LEVEL", "1")
    assert outcome(log_in(scheme, handshake(), client(scheme))) is Outcome.NOT_NTLM_2


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    ("policy", "binding", "expected"),
    [
        ("off", None, Outcome.ACCEPTED),
        ("off", SERVED, Outcome.ACCEPTED),
        ("off", OTHER, Outcome.ACCEPTED),
        ("accept", None, Outcome.ACCEPTED),
        ("accept", SERVED, Outcome.ACCEPTED),
        ("accept", OTHER, Outcome.BINDING_WRONG),
        ("require", None, Outcome.BINDING_ABSENT),
        ("require", SERVED, Outcome.ACCEPTED),
        ("require", OTHER, Outcome.BINDING_WRONG),
    ],
)
def test_extended_protection(scheme: str, policy: Policy, binding: bytes | None, expected: Outcome) -> None:
    assert outcome(log_in(scheme, handshake(policy), client(scheme, binding=binding))) is expected


def test_either_of_two_certificates_side_by_side_may_have_been_served() -> None:
    server = handshake("require", certificates=(OTHER, SERVED))
    assert outcome(log_in("NTLM", server, client("NTLM"))) is Outcome.ACCEPTED


def test_without_tls_a_required_binding_is_never_there() -> None:
    server = handshake("require", certificates=())
    assert outcome(log_in("NTLM", server, client("NTLM", binding=None))) is Outcome.BINDING_ABSENT
    assert outcome(log_in("NTLM", server, client("NTLM"))) is Outcome.BINDING_WRONG


# Simple clients


def simple_login(server: Handshake, *pairs: bytes) -> Admitted | Denied:
    """As libcurl's own code does it: no Unicode, no code, no key exchange."""
    reply = server.take("ntlm", CURL)
    assert isinstance(reply, Reply)
    step = server.take("NTLM", authenticate(nt_response=nt_response(reply.token, *pairs, password=PASSWORD)))
    if isinstance(step, Denied):
        return step
    assert isinstance(step, Claim)
    return server.conclude(verdict_of(account_file(), step))


def test_a_simple_client_like_curl_is_admitted() -> None:
    assert outcome(simple_login(handshake())) is Outcome.ACCEPTED


def test_a_simple_client_is_bound_as_well() -> None:
    assert outcome(simple_login(handshake("require"))) is Outcome.BINDING_ABSENT
    assert outcome(simple_login(handshake("require"), pair(10, bytes(16)))) is Outcome.BINDING_ABSENT
    assert outcome(simple_login(handshake("require"), pair(10, ntlm_binding(SERVED)))) is Outcome.ACCEPTED
    assert outcome(simple_login(handshake("accept"), pair(10, ntlm_binding(OTHER)))) is Outcome.BINDING_WRONG


def test_negotiate_takes_ntlm_without_a_frame() -> None:
    server, initiator = handshake(), client("NTLM")
    reply = server.take("Negotiate", initiator.step() or b"")
    assert isinstance(reply, Reply)
    step = server.take("Negotiate", initiator.step(reply.token) or b"")
    assert isinstance(step, Claim)
    assert server.conclude(verdict_of(account_file(), step)) == Admitted(Account("CONTOSO\\alice"), None)


# Out of order


def test_a_last_message_without_a_first_is_out_of_order() -> None:
    for scheme in SCHEMES:
        assert handshake().take(scheme, AUTHENTICATE_MESSAGE) == Denied(Outcome.OUT_OF_ORDER)
    assert handshake().take("Negotiate", b"\xa1\x07\x30\x05\xa0\x03\x0a\x01\x01") == Denied(Outcome.OUT_OF_ORDER)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_last_message_counts_once(scheme: str) -> None:
    server, initiator = handshake(), client(scheme)
    reply = server.take(scheme, initiator.step() or b"")
    assert isinstance(reply, Reply)
    last = initiator.step(reply.token) or b""
    step = server.take(scheme, last)
    assert isinstance(step, Claim)
    assert isinstance(server.conclude(verdict_of(account_file(), step)), Admitted)
    assert server.take(scheme, last) == Denied(Outcome.OUT_OF_ORDER)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_last_message_of_another_connection_proves_nothing(scheme: str) -> None:
    theirs, ours, initiator = handshake(), handshake(), client(scheme)
    first = initiator.step() or b""
    assert isinstance(ours.take(scheme, first), Reply)
    reply = theirs.take(scheme, first)
    assert isinstance(reply, Reply)
    step = ours.take(scheme, initiator.step(reply.token) or b"")
    assert isinstance(step, Claim)
    assert ours.conclude(verdict_of(account_file(), step)) == Denied(Outcome.WRONG_PASSWORD)


def test_a_second_first_message_starts_anew() -> None:
    server, given_up = handshake(), client("Negotiate")
    assert isinstance(server.take("Negotiate", given_up.step() or b""), Reply)
    assert server.under_way
    assert outcome(log_in("NTLM", server, client("NTLM"))) is Outcome.ACCEPTED


def test_a_login_does_not_change_its_scheme() -> None:
    server, initiator = handshake(), client("NTLM")
    reply = server.take("NTLM", initiator.step() or b"")
    assert isinstance(reply, Reply)
    assert server.take("Negotiate", initiator.step(reply.token) or b"") == Denied(Outcome.OUT_OF_ORDER)


def claimed() -> tuple[Handshake, Claim]:
    server, initiator = handshake(), client("NTLM")
    reply = server.take("NTLM", initiator.step() or b"")
    assert isinstance(reply, Reply)
    step = server.take("NTLM", initiator.step(reply.token) or b"")
    assert isinstance(step, Claim)
    return server, step


def test_while_a_verdict_is_awaited_nothing_else_is_taken_and_then_not_the_verdict_either() -> None:
    server, step = claimed()
    assert server.take("NTLM", CURL) == Denied(Outcome.OUT_OF_ORDER)
    assert server.conclude(verdict_of(account_file(), step)) == Denied(Outcome.OUT_OF_ORDER)


def test_a_verdict_that_nobody_asked_for_admits_nobody() -> None:
    good = Verdict(Outcome.ACCEPTED, Account("CONTOSO\\alice"), bytes(16))
    assert handshake().conclude(good) == Denied(Outcome.OUT_OF_ORDER)
    server = handshake()
    assert isinstance(server.take("NTLM", CURL), Reply)
    assert server.conclude(good) == Denied(Outcome.OUT_OF_ORDER)


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (Verdict(Outcome.ACCOUNT_LOCKED), Outcome.ACCOUNT_LOCKED),
        (Verdict(Outcome.ACCEPTED), Outcome.UNAVAILABLE),
        (Verdict(Outcome.ACCEPTED, Account("CONTOSO\\alice")), Outcome.UNAVAILABLE),
        (Verdict(Outcome.ACCEPTED, Account("CONTOSO\\alice"), bytes(16)), Outcome.CODE_WRONG),
    ],
    ids=["refused", "no account", "no key", "another key"],
)
def test_nobody_is_admitted_on_half_a_verdict(verdict: Verdict, expected: Outcome) -> None:
    server, _ = claimed()
    assert server.conclude(verdict) == Denied(expected)


def test_other_schemes_and_tokens_of_the_other_scheme_are_refused() -> None:
    assert handshake().take("Basic", b"YWxpY2U6") == Denied(Outcome.NO_MECHANISM)
    assert handshake().take("NTLM", client("Negotiate").step() or b"") == Denied(Outcome.MALFORMED)


# Whatever anybody sends


def fixed() -> Handshake:
    """One whose challenge is always the same, so that what was recorded once could be played back."""
    return handshake("require", random_bytes=lambda count: bytes(range(count)))


def recorded(scheme: str) -> tuple[bytes, bytes]:
    initiator = client(scheme)
    first = initiator.step() or b""
    reply = fixed().take(scheme, first)
    assert isinstance(reply, Reply)
    return first, initiator.step(reply.token) or b""


RECORDED = {scheme: recorded(scheme) for scheme in SCHEMES}


def play(server: Handshake, scheme: str, *tokens: bytes) -> Admitted | Denied | None:
    """What comes of these tokens, one after another. None: the client is expected to go on."""
    end: Admitted | Denied | None = None
    for token in tokens:
        step = server.take(scheme, token)
        end = None
        if isinstance(step, Denied):
            assert not server.under_way
            end = step
        elif not isinstance(step, Reply):
            end = server.conclude(verdict_of(account_file(), step))
    return end


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_was_recorded_would_be_admitted_if_a_challenge_came_twice(scheme: str) -> None:
    # Otherwise the properties below would hold for the wrong reason.
    assert isinstance(play(fixed(), scheme, *RECORDED[scheme]), Admitted)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_token_that_is_cut_anywhere_is_denied(scheme: str) -> None:
    first, last = RECORDED[scheme]
    for length in range(len(last)):
        assert isinstance(play(fixed(), scheme, first, last[:length]), Denied)
    for length in range(len(first)):
        assert not isinstance(play(fixed(), scheme, first[:length], last), Admitted)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_change_of_any_single_bit_of_the_last_message_is_denied(scheme: str) -> None:
    first, last = RECORDED[scheme]
    begins = last.index(b"NTLMSSP")
    # Between NTLM and the end of SPNEGO stands only what is verified; before, also states that decide nothing.
    for place in range(begins, len(last)):
        changed = bytearray(last)
        changed[place] ^= 1 << place % 8
        assert isinstance(play(fixed(), scheme, first, bytes(changed)), Denied), place


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_change_of_any_single_bit_of_the_first_message_is_noticed(scheme: str) -> None:
    first, last = RECORDED[scheme]
    for place in range(len(first)):
        changed = bytearray(first)
        changed[place] ^= 1 << place % 8
        assert not isinstance(play(fixed(), scheme, bytes(changed), last), Admitted), place


_CHANGES = st.lists(st.tuples(st.integers(0, 600), st.integers(0, 8), st.binary(max_size=8)), min_size=1, max_size=4)
"""Where, how many bytes go, and which come in their place."""


def changed_by(token: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    for place, gone, come in changes:
        at = place % (len(token) + 1)
        token = token[:at] + come + token[at + gone :]
    return token


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(SCHEMES), st.integers(0, 1), _CHANGES)
def test_changed_messages_admit_nobody(scheme: str, which: int, changes: list[tuple[int, int, bytes]]) -> None:
    tokens = list(RECORDED[scheme])
    tokens[which] = changed_by(tokens[which], changes)
    end = play(fixed(), scheme, *tokens)
    if isinstance(end, Admitted):
        # Only SPNEGO's frame has places that decide nothing: the messages inside are the ones that were recorded.
        for whole, sent in zip(RECORDED[scheme], tokens, strict=True):
            assert whole[whole.index(b"NTLMSSP") :][:200] in sent


_SENT = st.sampled_from(["first", "last", CURL, AUTHENTICATE_MESSAGE]) | st.binary()


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(SCHEMES), _SENT), max_size=6))
def test_in_any_order_only_a_first_message_and_its_last_admit(sent: list[tuple[str, str | bytes]]) -> None:
    server, before = fixed(), (b"", "")
    for scheme, what in sent:
        token = what if isinstance(what, bytes) else RECORDED[scheme][what == "last"]
        end = play(server, scheme, token)
        if isinstance(end, Admitted):
            assert (token, before) == (RECORDED[scheme][1], (RECORDED[scheme][0], scheme))
        before = (token, scheme)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([*SCHEMES, "", "Bearer"]), st.binary(max_size=300), st.sampled_from([b"", b"NTLMSSP\0\1\0\0\0"]))
@example("NTLM", b"", b"")
@example("Negotiate", b"", b"")
def test_any_bytes_are_denied_or_answered(scheme: str, token: bytes, begins: bytes) -> None:
    step = handshake().take(scheme, begins + token)
    assert isinstance(step, Denied | Reply)


@pytest.mark.parametrize("begins", [b"NTLMSSP\0\1\0\0\0", b"\x60\x83\x01\x00\x00", b"\xa1\x83\x01\x00\x00", b""])
@pytest.mark.parametrize("length", [LONGEST_TOKEN, LONGEST_TOKEN + 1, 1_000_000])
def test_a_token_of_any_size_is_denied(begins: bytes, length: int) -> None:
    for scheme in SCHEMES:
        step = handshake().take(scheme, begins + b"\x01" * length)
        assert not isinstance(step, Reply | Claim | Ticket)


def test_the_last_message_may_be_as_long_as_a_token() -> None:
    reply = (server := handshake()).take("NTLM", CURL)
    assert isinstance(reply, Reply)
    long = authenticate(nt_response=nt_response(reply.token, pair(99, bytes(40_000)), password=PASSWORD))
    step = server.take("NTLM", long)
    assert isinstance(step, Claim)
    assert isinstance(server.conclude(verdict_of(account_file(), step)), Admitted)
