"""Winbind and Kerberos as the source of accounts, asked by themselves, against a real domain that Samba runs."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest
import uvloop
from spnego._ntlm_raw.crypto import compute_response_v2, ntowfv1, ntowfv2
from spnego._ntlm_raw.messages import AvId, FileTime, TargetInfo

from bridgehead.authentication.accounts import Account, Claim, Outcome, Verdict
from bridgehead.authentication.kerberos import KeytabReader, ticket_reader
from bridgehead.authentication.legs import Denied, Ticket
from bridgehead.authentication.winbind import Winbind
from bridgehead.spec import Accounts
from tests.interop.samba_domain import DOMAIN, PASSWORD, REALM, SUFFIX, SambaDomain

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import gssapi

pytestmark = pytest.mark.interop

SERVICE = "webext.contoso.localhost"
KERBEROS, SPNEGO = "1.2.840.113554.1.2.2", "1.3.6.1.5.5.2"
ONE, OTHER, STRANGE = (b"tls-server-end-point:" + name for name in (b"one", b"other", b"strange"))
WANTED = frozenset({"Lync Users", "CONTOSO\\Büro", "Meeting Organisers", "Administration", "Nobody's", "S-1-5-32-544"})


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    running = uvloop.new_event_loop()
    yield running
    running.close()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def source(domain: SambaDomain, loop: asyncio.AbstractEventLoop, said: list[str]) -> Iterator[Winbind]:
    asked = Winbind(accounts_of(domain), wanted_groups=WANTED, loop=loop, tell=said.append)
    yield asked
    asked.close()


def accounts_of(domain: SambaDomain) -> Accounts:
    return Accounts(
        name="domain",
        source="winbind",
        domain=DOMAIN,
        dns_domain=REALM.lower(),
        computer="GATEWAY",
        helpers=2,
        ntlm_auth=domain.ntlm_auth,
        wbinfo=domain.wbinfo,
    )


def claim_of(user: str, domain: str = DOMAIN, password: str = PASSWORD) -> tuple[Claim, bytes]:
    """What a client sends that knows this password, and the session key that it has then."""
    challenge = secrets.token_bytes(8)
    target = TargetInfo()
    target[AvId.nb_domain_name] = DOMAIN
    key = ntowfv2(user, ntowfv1(password), domain)
    response, _, session = compute_response_v2(key, challenge, secrets.token_bytes(8), FileTime.now(), target)
    return Claim(user, domain, "LAPTOP", challenge, response), session


def answer(loop: asyncio.AbstractEventLoop, ask: Callable[[Callable[[Verdict], None]], None]) -> Verdict:
    verdicts: list[Verdict] = []

    def done(verdict: Verdict) -> None:
        verdicts.append(verdict)
        loop.stop()

    loop.call_soon(ask, done)
    loop.run_forever()
    (verdict,) = verdicts
    return verdict


def verify(loop: asyncio.AbstractEventLoop, source: Winbind, claim: Claim) -> Verdict:
    return answer(loop, lambda done: source.verify(claim, done))


def look_up(loop: asyncio.AbstractEventLoop, source: Winbind, name: str) -> Verdict:
    return answer(loop, lambda done: source.look_up(name, done))


@pytest.mark.parametrize(
    ("user", "domain_sent", "name"),
    [
        ("alice", DOMAIN, "alice"),
        ("ALICE", DOMAIN, "alice"),
        ("alice", REALM.lower(), "alice"),
        ("alice", "", "alice"),
        (f"alice@{SUFFIX}", "", "alice"),
        (f"bob@{REALM.lower()}", "", "bob"),
        ("zoë", DOMAIN, "zoë"),
        ("ZOË", DOMAIN, "zoë"),
    ],
)
def test_the_right_password_lets_in_by_each_of_the_accounts_names(
    loop: asyncio.AbstractEventLoop, source: Winbind, user: str, domain_sent: str, name: str
) -> None:
    claim, session = claim_of(user, domain_sent)
    verdict = verify(loop, source, claim)
    assert verdict.outcome is Outcome.ACCEPTED
    assert verdict.account is not None
    assert verdict.account.name == f"{DOMAIN}\\{name}"
    assert verdict.session_base_key == session


@pytest.mark.parametrize(
    ("user", "outcome"),
    [
        ("disabled", Outcome.ACCOUNT_DISABLED),
        ("expired-password", Outcome.PASSWORD_EXPIRED),
        ("must-change", Outcome.PASSWORD_EXPIRED),
        ("expired-account", Outcome.ACCOUNT_EXPIRED),
        ("nobody", Outcome.UNKNOWN_USER),
        ("zoe", Outcome.UNKNOWN_USER),
        ("nobody@contoso.com", Outcome.UNKNOWN_USER),
        ("alice\0", Outcome.UNKNOWN_USER),
        ("alice\nUsername: bob", Outcome.UNKNOWN_USER),
        ("a" * 256, Outcome.UNKNOWN_USER),
    ],
)
def test_the_right_password_of_an_account_that_may_not_log_in_is_refused_by_its_reason(
    loop: asyncio.AbstractEventLoop, source: Winbind, user: str, outcome: Outcome
) -> None:
    assert verify(loop, source, claim_of(user)[0]) == Verdict(outcome)


def test_a_wrong_password_is_counted_by_the_domain_once(
    domain: SambaDomain, loop: asyncio.AbstractEventLoop, source: Winbind
) -> None:
    before = domain.bad_password_counts()["user01"]
    assert verify(loop, source, claim_of("user01", password="guessed")[0]).outcome is Outcome.WRONG_PASSWORD
    assert domain.bad_password_counts()["user01"] == before + 1


@pytest.mark.parametrize(
    ("user", "domain_sent"),
    [
        ("CONTOSO\\user02", ""),
        ("CONTOSO\\user02", DOMAIN),
        ("contoso.test\\user02", ""),
        ("FOREIGN\\user02", ""),
        ("@user02", DOMAIN),
        ("user02", "FOREIGN"),
        ("user02", "GATEWAY"),
        ("user02", "BUILTIN"),
        ("user02@BUILTIN", ""),
        ("user02", "NT AUTHORITY"),
    ],
)
def test_a_name_that_the_domain_does_not_know_is_unknown_and_counts_against_nobody(  # noqa: PLR0917 - fixtures
    domain: SambaDomain,
    loop: asyncio.AbstractEventLoop,
    source: Winbind,
    said: list[str],
    user: str,
    domain_sent: str,
) -> None:
    before = domain.bad_password_counts()
    assert verify(loop, source, claim_of(user, domain_sent)[0]) == Verdict(Outcome.UNKNOWN_USER)
    assert domain.bad_password_counts() == before
    assert said == []


def test_a_response_is_wrong_under_any_other_name_than_the_one_it_was_made_with(
    domain: SambaDomain, loop: asyncio.AbstractEventLoop, source: Winbind
) -> None:
    # Why a name is not divided before the domain is asked.
    before = domain.bad_password_counts()["user03"]
    whole, _ = claim_of("CONTOSO\\user03", "")
    divided = whole._replace(user="user03", domain=DOMAIN)
    assert verify(loop, source, divided) == Verdict(Outcome.WRONG_PASSWORD)
    assert domain.bad_password_counts()["user03"] == before + 1
    domain.forgive("user03")


def test_a_locked_account_is_told_from_a_wrong_password(
    domain: SambaDomain, loop: asyncio.AbstractEventLoop, source: Winbind
) -> None:
    outcomes = [verify(loop, source, claim_of("locked", password=f"guess {n}")[0]).outcome for n in range(6)]
    assert outcomes == [Outcome.WRONG_PASSWORD] * 5 + [Outcome.ACCOUNT_LOCKED]
    assert domain.is_locked("locked")
    assert verify(loop, source, claim_of("locked")[0]).outcome is Outcome.ACCOUNT_LOCKED
    domain.forgive("locked")
    assert verify(loop, source, claim_of("locked")[0]).outcome is Outcome.ACCEPTED


def test_an_answer_is_never_taken_for_that_of_another_question(
    loop: asyncio.AbstractEventLoop, source: Winbind
) -> None:
    users = ("zoë", "disabled", "nobody", "alice")
    claims = [claim_of(user)[0] for _ in range(10) for user in users]
    verdicts: dict[int, Verdict] = {}

    def note(number: int, verdict: Verdict) -> None:
        verdicts[number] = verdict
        if len(verdicts) == len(claims):
            loop.stop()

    for number, claim in enumerate(claims):
        loop.call_soon(source.verify, claim, lambda verdict, number=number: note(number, verdict))
    loop.run_forever()
    expected = {"disabled": Outcome.ACCOUNT_DISABLED, "nobody": Outcome.UNKNOWN_USER}
    for number, claim in enumerate(claims):
        outcome, account = verdicts[number][:2]
        assert outcome is expected.get(claim.user, Outcome.ACCEPTED)
        assert (account and account.name) == (None if claim.user in expected else f"{DOMAIN}\\{claim.user}")


@pytest.mark.parametrize(
    ("user", "groups"),
    [
        ("alice", {"Meeting Organisers", "Lync Users", "CONTOSO\\Büro"}),
        ("zoë", {"Lync Users", "CONTOSO\\Büro"}),
        ("bob", {"Administration"}),
        ("user02", set()),
    ],
)
def test_an_accounts_groups_are_found_through_other_groups(
    loop: asyncio.AbstractEventLoop, source: Winbind, user: str, groups: set[str]
) -> None:
    account = Account(f"{DOMAIN}\\{user}", frozenset(groups))
    assert verify(loop, source, claim_of(user)[0]).account == account
    assert look_up(loop, source, f"{user}@{REALM}") == Verdict(Outcome.ACCEPTED, account)


def test_the_groups_of_somebody_who_never_logged_in_by_password_are_found_as_well(
    loop: asyncio.AbstractEventLoop, source: Winbind
) -> None:
    groups = frozenset({"Meeting Organisers", "Lync Users", "CONTOSO\\Büro"})
    assert look_up(loop, source, f"carol@{REALM}").account == Account(f"{DOMAIN}\\carol", groups)


@pytest.mark.parametrize("principal", [f"nobody@{REALM}", f"HTTP/{SERVICE}@{REALM}", REALM, f"alice\\@x@{REALM}"])
def test_a_principal_that_is_no_users_is_unknown(
    loop: asyncio.AbstractEventLoop, source: Winbind, principal: str
) -> None:
    assert look_up(loop, source, principal) == Verdict(Outcome.UNKNOWN_USER)


def test_without_winbind_nobody_is_let_in_and_with_it_again_somebody_is(
    domain: SambaDomain, loop: asyncio.AbstractEventLoop, source: Winbind, said: list[str]
) -> None:
    assert verify(loop, source, claim_of("bob")[0]).outcome is Outcome.ACCEPTED
    domain.stop_winbind()
    try:
        assert verify(loop, source, claim_of("bob")[0]) == Verdict(Outcome.UNAVAILABLE)
        assert look_up(loop, source, f"user03@{REALM}") == Verdict(Outcome.UNAVAILABLE)
        assert said
    finally:
        domain.start_winbind()
    assert verify(loop, source, claim_of("bob")[0]).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("group", ["0", "65534"])
def test_winbind_judges_for_those_alone_who_may_enter_its_directory(
    domain: SambaDomain, loop: asyncio.AbstractEventLoop, tmp_path: Path, said: list[str], group: str
) -> None:
    as_somebody = ("setpriv", "--reuid=65534", "--regid=65534", f"--groups={group}")
    helper = ("ntlm_auth", f"--configfile={domain.directory}/member/smb.conf")
    program = tmp_path / "ntlm_auth"
    program.write_text(f'#!/bin/sh\nexec {" ".join(domain.inside(*as_somebody, *helper))} "$@"\n')
    program.chmod(0o755)
    with_it = accounts_of(domain).model_copy(update={"ntlm_auth": str(program)})
    source = Winbind(with_it, wanted_groups=frozenset(), loop=loop, tell=said.append)
    owner = (domain.directory / "member" / "winbindd_privileged").stat().st_gid
    outcome = Outcome.ACCEPTED if int(group) == owner else Outcome.UNAVAILABLE
    assert verify(loop, source, claim_of("bob")[0]).outcome is outcome
    assert ("winbindd_privileged" in "".join(said)) == (outcome is Outcome.UNAVAILABLE)
    source.close()


@pytest.fixture
def reader(domain: SambaDomain, said: list[str], monkeypatch: pytest.MonkeyPatch) -> KeytabReader:
    """Has the keys, and knows nothing of the realm: no controller is asked for a ticket that a client brings."""
    for name, value in domain.tickets("alice", "alice").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("KRB5RCACHEDIR", str(domain.directory))
    return ticket_reader(domain.keytab.read_bytes(), tell=said.append)


def token(mechanism: str, binding: bytes | None = None) -> tuple[gssapi.SecurityContext, bytes]:
    """The first token of a client who has a ticket, and wants proof of the server too."""
    import gssapi  # noqa: PLC0415 - compiled for `make interop`; `make test` collects this file without it
    from gssapi.raw import ChannelBindings  # noqa: PLC0415 - as above

    client = gssapi.SecurityContext(
        name=gssapi.Name(f"HTTP@{SERVICE}", gssapi.NameType.hostbased_service),
        mech=gssapi.OID.from_int_seq(mechanism),
        usage="initiate",
        flags=gssapi.RequirementFlag.mutual_authentication,
        channel_bindings=None if binding is None else ChannelBindings(application_data=binding),
    )
    return client, client.step() or b""


@pytest.mark.parametrize("mechanism", [KERBEROS, SPNEGO])
def test_a_ticket_of_the_domain_is_accepted_once(reader: KeytabReader, said: list[str], mechanism: str) -> None:
    client, sent = token(mechanism)
    ticket = reader.accept(sent, ())
    assert isinstance(ticket, Ticket)
    assert ticket.principal == f"alice@{REALM}"
    client.step(ticket.token)
    assert client.complete, "the client has no proof of the server"
    assert said == []
    assert reader.accept(sent, ()) is None
    assert "replay" in said[0]


def test_a_ticket_that_was_asked_for_by_another_name_is_that_of_the_account(
    domain: SambaDomain, reader: KeytabReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    import gssapi  # noqa: PLC0415 - compiled for `make interop`; `make test` collects this file without it

    monkeypatch.setenv("KRB5CCNAME", domain.tickets("impostor", "impostor")["KRB5CCNAME"])
    assert str(gssapi.Credentials(usage="initiate").name) == f"impostor@{REALM}", "the ticket's own name"
    ticket = reader.accept(token(SPNEGO)[1], ())
    assert isinstance(ticket, Ticket)
    assert ticket.principal == f"carol@{REALM}"


def test_a_ticket_says_in_which_groups_its_owner_is_whatever_winbind_remembers(
    domain: SambaDomain,
    loop: asyncio.AbstractEventLoop,
    source: Winbind,
    reader: KeytabReader,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def groups() -> set[str]:
        monkeypatch.setenv("KRB5CCNAME", domain.tickets("user05", "user05")["KRB5CCNAME"])
        ticket = reader.accept(token(SPNEGO)[1], ())
        assert isinstance(ticket, Ticket)
        verdict = answer(loop, lambda done: source.look_up(ticket.principal, done, ticket.vouched))
        assert verdict.account is not None
        assert verdict.account.name == f"{DOMAIN}\\user05"
        return set(verdict.account.groups)

    domain.put_into("Meeting Organisers", "user05")
    assert verify(loop, source, claim_of("user05")[0]).outcome is Outcome.ACCEPTED  # which winbind remembers
    assert groups() == {"Meeting Organisers", "Lync Users", "CONTOSO\\Büro"}
    domain.take_out_of("Meeting Organisers", "user05")
    assert groups() == set()


@pytest.mark.parametrize("mechanism", [KERBEROS, SPNEGO])
def test_a_tickets_binding_is_compared_with_each_that_may_be_right(reader: KeytabReader, mechanism: str) -> None:
    def judged(binding: bytes | None, *served: bytes) -> bool | Outcome:
        ticket = reader.accept(token(mechanism, binding)[1], served)
        assert ticket is not None
        return ticket.outcome if isinstance(ticket, Denied) else ticket.bound

    assert judged(ONE, ONE) is True
    assert judged(ONE, ONE, OTHER) is True
    assert judged(OTHER, ONE, OTHER) is True
    assert judged(None, ONE, OTHER) is False
    assert judged(ONE) is False
    assert judged(STRANGE, ONE) is Outcome.BINDING_WRONG
    assert judged(STRANGE, ONE, OTHER) is Outcome.BINDING_WRONG


def test_a_client_that_could_bind_its_ticket_and_does_not_is_refused_where_there_is_anything_to_compare(
    domain: SambaDomain, reader: KeytabReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As Windows' clients are. So nothing is given to compare with on plain HTTP, where nobody can bind.
    aware = tmp_path / "krb5.conf"
    aware.write_text("[libdefaults]\n    client_aware_channel_bindings = true\n")
    monkeypatch.setenv("KRB5_CONFIG", f"{aware}:{domain.kerberos['KRB5_CONFIG']}")
    assert reader.accept(token(KERBEROS)[1], (ONE,)) == Denied(Outcome.BINDING_WRONG)
    ticket = reader.accept(token(KERBEROS)[1], ())
    assert isinstance(ticket, Ticket)
    assert not ticket.bound


def test_a_ticket_that_was_bound_to_one_of_two_certificates_is_no_more_accepted_twice(reader: KeytabReader) -> None:
    _, sent = token(SPNEGO, ONE)
    assert isinstance(reader.accept(sent, (ONE, OTHER)), Ticket)
    assert reader.accept(sent, (ONE, OTHER)) is None


def test_what_is_no_ticket_or_a_broken_one_is_refused(reader: KeytabReader) -> None:
    _, sent = token(SPNEGO)
    for broken in (b"", b"NTLMSSP\0", sent[:-1], sent[: len(sent) // 2], sent[:-1] + bytes([sent[-1] ^ 1])):
        assert reader.accept(broken, (ONE, OTHER)) is None
        assert reader.accept(broken, ()) is None
