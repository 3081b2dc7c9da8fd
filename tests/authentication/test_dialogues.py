"""The ways through SPNEGO, leg by leg. Full logins are in test_handshake.py."""

from __future__ import annotations

import pytest
from spnego._context import GSSMech
from spnego._spnego import NegState, NegTokenInit, NegTokenResp, pack_mech_type_list, unpack_token

from bridgehead.authentication.accounts import Claim, Outcome
from bridgehead.authentication.channel_binding import application_data
from bridgehead.authentication.handshake import Admitted, Denied, Handshake, Reply, Ticket
from bridgehead.authentication.spnego import KERBEROS
from tests.authentication.logins import PASSWORD, SERVED, account_file, client, handshake, verdict_of
from tests.authentication.messages import CURL, authenticate, nt_response

KERBEROS_5, NTLM = "1.2.840.113554.1.2.2", GSSMech.ntlm.value
NEGOEX = "1.3.6.1.4.1.311.2.2.30"
BARE_TICKET = b"\x60\x1b" + KERBEROS + b"\x01\x00" + b"a ticket of alice"[:14]


class Keytab:
    """Opens one ticket. What it was asked is kept."""

    def __init__(self, answer: Ticket | Denied | None) -> None:
        self.answer = answer
        self.asked: list[tuple[bytes, tuple[bytes, ...]]] = []

    def accept(self, token: bytes, bindings: tuple[bytes, ...]) -> Ticket | Denied | None:
        self.asked.append((token, bindings))
        return self.answer


ALICE = Ticket("alice@CONTOSO.COM", b"from the keytab", bound=True)


# NTLM as the second choice: the code over the list of mechanisms


def second_choice(server: Handshake, offered: list[str]) -> tuple[list[NegTokenResp], NegTokenResp]:
    """Both answers so far, and the last token of a client whose first choice was not taken."""
    initiator = client("NTLM")
    first = server.take("Negotiate", NegTokenInit(offered, mech_token=b"for the first").pack())
    assert isinstance(first, Reply)
    second = server.take("Negotiate", NegTokenResp(response_token=initiator.step()).pack())
    assert isinstance(second, Reply)
    answers = [unpack_token(first.token), unpack_token(second.token)]
    last = initiator.step(answers[1].response_token)
    code = initiator.sign(pack_mech_type_list(offered))
    return answers, NegTokenResp(NegState.accept_incomplete, response_token=last, mech_list_mic=code)


@pytest.mark.parametrize("offered", [[KERBEROS_5, NTLM], [NEGOEX, NTLM], [NEGOEX, KERBEROS_5, NTLM]])
def test_a_client_that_likes_another_mechanism_better_is_asked_for_ntlm_and_a_code(offered: list[str]) -> None:
    answers, _ = second_choice(handshake(), offered)
    assert answers[0].neg_state is NegState.request_mic
    assert answers[0].supported_mech == NTLM
    assert answers[0].response_token is None
    assert answers[1].neg_state is NegState.accept_incomplete
    assert answers[1].supported_mech is None


def ends(server: Handshake, last: NegTokenResp) -> Admitted | Denied:
    step = server.take("Negotiate", last.pack())
    assert isinstance(step, Claim)
    return server.conclude(verdict_of(account_file(), step))


def test_it_is_admitted_with_its_code_and_gets_ours() -> None:
    server = handshake()
    _, last = second_choice(server, [KERBEROS_5, NTLM])
    end = ends(server, last)
    assert isinstance(end, Admitted)
    assert end.token is not None
    final = unpack_token(end.token)
    assert final.neg_state is NegState.accept_complete
    assert len(final.mech_list_mic) == 16


def test_without_its_code_somebody_may_have_struck_the_better_mechanism_off() -> None:
    server = handshake()
    _, last = second_choice(server, [KERBEROS_5, NTLM])
    last.mech_list_mic = None
    assert ends(server, last) == Denied(Outcome.CODE_WRONG)


def test_a_code_over_another_list_is_refused() -> None:
    server = handshake()
    _, last = second_choice(server, [KERBEROS_5, NTLM])
    other = handshake()
    _, of_another = second_choice(other, [NEGOEX, NTLM])
    last.mech_list_mic = of_another.mech_list_mic
    assert ends(server, last) == Denied(Outcome.CODE_WRONG)


def test_a_client_without_any_mechanism_of_ours_is_told_so() -> None:
    token = NegTokenInit([KERBEROS_5, NEGOEX], mech_token=b"ticket").pack()
    assert handshake().take("Negotiate", token) == Denied(Outcome.NO_MECHANISM)


def test_a_first_choice_with_a_code_of_its_own_does_not_go_without_the_other_one() -> None:
    # Or whoever stands between could put NTLM first, and strike the code off as well. Windows' servers ask for it too.
    server, initiator = handshake(), client("NTLM")
    first = server.take("Negotiate", NegTokenInit([NTLM], mech_token=initiator.step()).pack())
    assert isinstance(first, Reply)
    last = initiator.step(unpack_token(first.token).response_token)
    assert ends(server, NegTokenResp(response_token=last)) == Denied(Outcome.CODE_WRONG)


@pytest.mark.parametrize("offered", [[NTLM], [KERBEROS_5, NTLM]])
def test_a_login_that_cannot_sign_goes_without(offered: list[str]) -> None:
    # RFC 4178 section 5 asks for the code where there is integrity. MIT's SPNEGO makes none otherwise.
    server = handshake()
    token = CURL
    if offered[0] != NTLM:
        assert isinstance(server.take("Negotiate", NegTokenInit(offered, mech_token=b"ticket").pack()), Reply)
        first = server.take("Negotiate", NegTokenResp(response_token=token).pack())
    else:
        first = server.take("Negotiate", NegTokenInit(offered, mech_token=token).pack())
    assert isinstance(first, Reply)
    response = nt_response(unpack_token(first.token).response_token, password=PASSWORD)
    end = ends(server, NegTokenResp(response_token=authenticate(nt_response=response)))
    assert isinstance(end, Admitted)


def test_a_client_may_wait_for_the_first_token_until_ntlm_is_agreed_on() -> None:
    server, initiator = handshake(), client("NTLM")
    first = server.take("Negotiate", NegTokenInit([NTLM]).pack())
    assert isinstance(first, Reply)
    assert unpack_token(first.token).neg_state is NegState.accept_incomplete
    second = server.take("Negotiate", NegTokenResp(response_token=initiator.step()).pack())
    assert isinstance(second, Reply)
    last = initiator.step(unpack_token(second.token).response_token)
    code = initiator.sign(pack_mech_type_list([NTLM]))
    end = ends(server, NegTokenResp(response_token=last, mech_list_mic=code))
    assert isinstance(end, Admitted)
    assert end.token is not None
    assert unpack_token(end.token).neg_state is NegState.accept_complete


def test_a_client_that_gives_up_or_says_nothing_is_done() -> None:
    for token in (NegTokenResp(NegState.reject, response_token=b"x").pack(), NegTokenResp().pack()):
        server = handshake()
        assert isinstance(server.take("Negotiate", NegTokenInit([NTLM]).pack()), Reply)
        assert server.take("Negotiate", token) == Denied(Outcome.NO_MECHANISM)


# Kerberos, where there is a keytab


@pytest.mark.parametrize(
    "token", [BARE_TICKET, NegTokenInit([KERBEROS_5, NTLM], mech_token=BARE_TICKET).pack()], ids=["bare", "SPNEGO"]
)
def test_a_ticket_is_judged_whole_and_at_once(token: bytes) -> None:
    keytab = Keytab(ALICE)
    server = handshake(tickets=keytab)
    step = server.take("Negotiate", token)
    assert step == ALICE
    assert isinstance(step, Ticket)
    assert keytab.asked == [(token, (application_data(SERVED),))]
    end = server.conclude(verdict_of(account_file(), step))
    assert isinstance(end, Admitted)
    assert (end.account.name, end.token) == ("CONTOSO\\alice", b"from the keytab")


def test_a_client_that_waits_to_be_asked_for_its_ticket_is_asked() -> None:
    keytab = Keytab(ALICE)
    server = handshake(tickets=keytab)
    first = server.take("Negotiate", NegTokenInit(["1.2.840.48018.1.2.2", KERBEROS_5, NTLM]).pack())
    assert isinstance(first, Reply)
    # Windows takes the identifier that it offered, and no other of the same mechanism.
    assert unpack_token(first.token).supported_mech == "1.2.840.48018.1.2.2"
    step = server.take("Negotiate", NegTokenResp(response_token=BARE_TICKET).pack())
    assert isinstance(step, Ticket)
    assert keytab.asked[0][0] == BARE_TICKET
    end = server.conclude(verdict_of(account_file(), step))
    assert isinstance(end, Admitted)
    assert end.token is not None
    assert unpack_token(end.token).response_token == b"from the keytab"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [(None, Outcome.TICKET_REFUSED), (Denied(Outcome.BINDING_WRONG), Outcome.BINDING_WRONG)],
)
def test_a_ticket_that_the_keytab_does_not_take_is_refused(answer: Denied | None, outcome: Outcome) -> None:
    server = handshake(tickets=Keytab(answer))
    assert server.take("Negotiate", BARE_TICKET) == Denied(outcome)
    assert not server.under_way


def test_a_ticket_without_a_binding_is_refused_where_one_is_required() -> None:
    unbound = Keytab(ALICE._replace(bound=False))
    assert handshake("require", tickets=unbound).take("Negotiate", BARE_TICKET) == Denied(Outcome.BINDING_ABSENT)
    assert isinstance(handshake("accept", tickets=unbound).take("Negotiate", BARE_TICKET), Ticket)


def test_nothing_is_compared_where_bindings_are_off() -> None:
    keytab = Keytab(ALICE)
    handshake("off", tickets=keytab).take("Negotiate", BARE_TICKET)
    assert keytab.asked == [(BARE_TICKET, ())]


def test_nothing_is_compared_on_plain_http_where_a_decoy_would_keep_windows_out() -> None:
    keytab = Keytab(ALICE._replace(bound=False))
    assert isinstance(handshake("accept", certificates=(), tickets=keytab).take("Negotiate", BARE_TICKET), Ticket)
    assert keytab.asked == [(BARE_TICKET, ())]
    refused = handshake("require", certificates=(), tickets=keytab).take("Negotiate", BARE_TICKET)
    assert refused == Denied(Outcome.BINDING_ABSENT)


def test_a_ticket_without_a_keytab_has_no_mechanism() -> None:
    assert handshake().take("Negotiate", BARE_TICKET) == Denied(Outcome.NO_MECHANISM)


def test_a_ticket_of_somebody_else_s_realm_admits_nobody() -> None:
    server = handshake(tickets=Keytab(ALICE._replace(principal="alice@EVIL.EXAMPLE")))
    step = server.take("Negotiate", BARE_TICKET)
    assert isinstance(step, Ticket)
    assert server.conclude(verdict_of(account_file(), step)) == Denied(Outcome.UNKNOWN_USER)


def test_ntlm_goes_on_beside_a_keytab() -> None:
    server, initiator = handshake(tickets=Keytab(None)), client("NTLM")
    first = server.take("Negotiate", NegTokenInit([NTLM], mech_token=initiator.step()).pack())
    assert isinstance(first, Reply)
    assert unpack_token(first.token).response_token.startswith(b"NTLMSSP\0\x02")
