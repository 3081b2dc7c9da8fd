"""Sources of accounts in a worker: asked when needed, late or dead, and changed while clients are logged in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bridgehead.proxy.control import ask
from bridgehead.spec import Forward, Rule
from tests.proxy.preauthentication.logging_in import GET, Client, accounts_in, login
from tests.proxy.preauthentication.samba_stand_in import Samba
from tests.proxy.wire import answering, eventually, fields_of, status_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgehead.spec import Accounts
    from tests.proxy.wire import Proxy, ScriptedServer

    Guarded = Callable[..., Proxy]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
POST = b"POST / HTTP/1.1\r\nHost: site.test\r\nContent-Length: 5\r\n\r\nhello"


@pytest.fixture
def samba(tmp_path: Path) -> Samba:
    return Samba(tmp_path)


@pytest.fixture
def site(server: ScriptedServer) -> ScriptedServer:
    server.script = answering(OK)
    return server


def reload(proxy: Proxy, **changed: object) -> None:
    """Change what is served, and have it served."""
    for name, value in changed.items():
        setattr(proxy, name, value)
    (proxy.directory / "spec.json").write_text(proxy.spec().model_dump_json(), "utf-8")
    told = ask(proxy.control, "reload")
    assert told["ok"], told


# A source that takes its time


def test_nothing_is_asked_before_somebody_logs_in(guarded: Guarded, site: ScriptedServer, samba: Samba) -> None:
    proxy = guarded(site, accounts=samba.accounts())
    assert status_of(proxy.connect().request(GET)) == 401
    assert samba.questions == 0
    assert status_of(Client(proxy.connect()).logged_in()) == 200
    assert samba.questions == 1


@pytest.mark.parametrize("scheme", ["NTLM", "Negotiate"])
def test_a_late_answer_is_waited_for_while_others_are_served(
    guarded: Guarded, site: ScriptedServer, samba: Samba, scheme: str
) -> None:
    proxy = guarded(site, accounts=samba.accounts())
    here = Client(proxy.connect())
    here.logged_in()
    samba.hold()
    late = Client(proxy.connect(), scheme=scheme)
    late.last_leg(late.first_leg(POST), POST + GET)  # with the body, and a request behind it
    eventually(lambda: samba.questions == 2)
    assert status_of(here.peer.request(GET)) == 200
    assert status_of(proxy.connect().request(GET)) == 401
    samba.let_go()
    assert [status_of(late.peer.read_message()) for _ in range(2)] == [200, 200]


def test_a_wrong_password_found_late_still_leaves_the_connection_in_order(
    guarded: Guarded, site: ScriptedServer, samba: Samba
) -> None:
    proxy = guarded(site, accounts=samba.accounts())
    samba.hold()
    late = Client(proxy.connect(), password="wrong")
    late.last_leg(late.first_leg(POST), POST + GET)
    eventually(lambda: samba.questions)
    samba.let_go()
    assert [status_of(late.peer.read_message()) for _ in range(2)] == [401, 401]
    assert status_of(Client(late.peer).logged_in()) == 200


def test_an_answer_for_a_client_that_is_gone_reaches_nobody(
    guarded: Guarded, site: ScriptedServer, samba: Samba
) -> None:
    proxy = guarded(site, accounts=samba.accounts())
    samba.hold()
    gone = Client(proxy.connect())
    gone.log_in()
    eventually(lambda: samba.questions)
    gone.peer.reset()
    eventually(lambda: any(line.get("detail", "").startswith("client: ") for line in proxy.lines()))
    samba.let_go()
    assert status_of(Client(proxy.connect()).logged_in()) == 200
    assert site.accepted == 1


def test_a_client_that_has_ended_its_side_gets_a_late_answer(
    guarded: Guarded, site: ScriptedServer, samba: Samba
) -> None:
    proxy = guarded(site, accounts=samba.accounts())
    samba.hold()
    late = Client(proxy.connect())
    late.last_leg(late.first_leg(POST), POST)
    eventually(lambda: samba.questions)
    late.peer.finish_sending()
    samba.let_go()
    assert status_of(late.peer.read_message()) == 200
    assert late.peer.ended()


def test_an_answer_that_never_comes_is_a_fault_of_the_inside_and_no_wrong_password(
    guarded: Guarded, site: ScriptedServer, samba: Samba
) -> None:
    proxy = guarded(site, accounts=samba.accounts(helper_seconds=2))
    samba.hold()
    client = Client(proxy.connect())
    answer = client.logged_in()
    assert status_of(answer) == 503  # a 401 would make it ask its user for a password
    assert fields_of(answer, b"Retry-After")
    assert fields_of(answer, b"WWW-Authenticate") == []
    samba.let_go()
    eventually(lambda: status_of(Client(client.peer).logged_in()) == 200, "a login with a helper that answers again")


def test_a_helper_that_dies_is_a_fault_of_the_inside(guarded: Guarded, site: ScriptedServer, samba: Samba) -> None:
    proxy = guarded(site, accounts=samba.accounts(helper_seconds=1))
    samba.die()
    assert status_of(Client(proxy.connect()).logged_in()) == 503


def test_whom_the_shield_stops_is_not_asked_about(guarded: Guarded, site: ScriptedServer, samba: Samba) -> None:
    """A domain counts what it is asked, and locks the account for everybody."""
    proxy = guarded(site, accounts=samba.accounts())
    answers = [Client(proxy.connect(), password="wrong").logged_in() for _ in range(8)]
    stopped = [answer for answer in answers if status_of(answer) == 429]
    assert [status_of(answer) for answer in answers] == [401] * (8 - len(stopped)) + [429] * len(stopped)
    assert stopped
    assert samba.questions == 8 - len(stopped)
    assert fields_of(stopped[0], b"Retry-After")


def test_a_namesake_in_another_source_has_nothing_forgotten(
    start: Callable[..., Proxy], site: ScriptedServer, tmp_path: Path
) -> None:
    """Or who bears the name of a partner's user would guess at ours as often as he likes."""
    partners = accounts_in(tmp_path, name="partners", domain="PARTNERS")
    rules = tuple(
        Rule(
            name=name,
            listeners=("plain",),
            hosts=(host,),
            action=Forward.model_validate({"pool": "pool", **login(accounts=name)}),
        )
        for name, host in (("people", "site.test"), ("partners", "partners.wild.test"))
    )
    proxy = start(site, rules=rules, accounts=(accounts_in(tmp_path), partners))
    statuses = []
    for _ in range(4):
        statuses.append(status_of(Client(proxy.connect(), password="wrong").logged_in()))
        Client(proxy.connect(), user="PARTNERS\\alice").logged_in(GET.replace(b"site.test", b"partners.wild.test"))
    assert statuses == [401, 401, 429, 429]


def failures_of(proxy: Proxy, name: str) -> int:
    told = ask(proxy.control, "shield")["shield"]["accounts"]
    return sum(one["failures"] for one in told if one["account"] == name)


def test_a_question_that_was_asked_and_not_answered_counts_for_strangers(
    guarded: Guarded, site: ScriptedServer, samba: Samba
) -> None:
    """The domain may have judged the password, and counted it."""
    proxy = guarded(site, accounts=samba.accounts(helper_seconds=1))
    samba.die()
    assert status_of(Client(proxy.connect(), password="wrong").logged_in()) == 503
    assert samba.questions == 1
    assert failures_of(proxy, "alice") == 1


def test_a_question_that_was_never_asked_counts_for_nobody(
    guarded: Guarded, site: ScriptedServer, samba: Samba, tmp_path: Path
) -> None:
    proxy = guarded(site, accounts=samba.accounts(helper_seconds=1))
    (tmp_path / "ntlm_auth").unlink()
    assert status_of(Client(proxy.connect(), password="wrong").logged_in()) == 503
    assert failures_of(proxy, "alice") == 0


def test_a_question_that_was_not_answered_is_forgiven_to_who_is_known(
    guarded: Guarded, site: ScriptedServer, samba: Samba
) -> None:
    proxy = guarded(site, accounts=samba.accounts(helper_seconds=1))
    assert status_of(Client(proxy.connect()).logged_in()) == 200
    samba.die()
    assert status_of(Client(proxy.connect()).logged_in()) == 503
    assert failures_of(proxy, "alice") == 0


def test_many_logins_of_one_user_at_once_all_succeed(guarded: Guarded, site: ScriptedServer, samba: Samba) -> None:
    """A browser opens six connections for a page, Outlook ten; the shield must not take them for guesses."""
    proxy = guarded(site, accounts=samba.accounts())
    clients = [Client(proxy.connect()) for _ in range(12)]
    challenges = [client.first_leg() for client in clients]
    for client, challenge in zip(clients, challenges, strict=True):
        client.last_leg(challenge)
    assert [status_of(client.peer.read_message()) for client in clients] == [200] * 12


# Changes


@pytest.fixture
def accounts(tmp_path: Path) -> tuple[Accounts, ...]:
    return (accounts_in(tmp_path),)


def test_a_login_outlives_a_change_of_something_else(
    guarded: Guarded, site: ScriptedServer, accounts: tuple[Accounts, ...]
) -> None:
    proxy = guarded(site, accounts=accounts)
    client = Client(proxy.connect())
    client.logged_in()
    reload(proxy, limits={"head_bytes": 30_000})
    assert status_of(client.peer.request(GET)) == 200


def test_a_handshake_goes_on_over_a_change_between_its_legs(
    guarded: Guarded, site: ScriptedServer, accounts: tuple[Accounts, ...]
) -> None:
    proxy = guarded(site, accounts=accounts)
    client = Client(proxy.connect())
    challenge = client.first_leg()
    reload(proxy, limits={"head_bytes": 30_000})
    client.last_leg(challenge)
    assert status_of(client.peer.read_message()) == 200


def test_who_may_enter_is_judged_anew_after_a_change(
    guarded: Guarded, site: ScriptedServer, accounts: tuple[Accounts, ...]
) -> None:
    proxy = guarded(site, accounts=accounts)
    client = Client(proxy.connect())
    client.logged_in()
    reload(proxy, action=login(users=["bob"]))
    assert status_of(client.peer.request(GET)) == 403
    reload(proxy, action=login(users=["alice"]))
    assert status_of(client.peer.request(GET)) == 200


@pytest.mark.parametrize("legs", ["complete", "half"])
def test_logins_end_with_the_accounts_they_were_made_with(
    guarded: Guarded, site: ScriptedServer, accounts: tuple[Accounts, ...], tmp_path: Path, legs: str
) -> None:
    proxy = guarded(site, accounts=accounts)
    client = Client(proxy.connect())
    challenge = client.first_leg()
    if legs == "complete":
        client.last_leg(challenge)
        client.peer.read_message()
    stranger = proxy.connect()
    stranger.request(GET)
    accounts_in(tmp_path, '[users.bob]\npassword = "another"\n')  # the same file with other contents
    reload(proxy)
    assert client.peer.ended()
    assert status_of(stranger.request(GET)) == 401  # others are not disturbed
    assert status_of(Client(proxy.connect()).logged_in()) == 401
    assert status_of(Client(proxy.connect(), user="bob", password="another").logged_in()) == 200


def test_the_exchange_in_hand_is_finished_when_the_accounts_change(
    guarded: Guarded, server: ScriptedServer, accounts: tuple[Accounts, ...], tmp_path: Path
) -> None:
    proxy = guarded(server, accounts=accounts)
    client = Client(proxy.connect())
    client.log_in()
    end = server.accept()
    end.read_message()
    accounts_in(tmp_path, "")
    reload(proxy)
    end.send(OK)
    assert status_of(client.peer.read_message()) == 200
    assert client.peer.ended()


def test_a_question_in_hand_is_answered_although_its_source_is_replaced(
    guarded: Guarded, site: ScriptedServer, samba: Samba
) -> None:
    proxy = guarded(site, accounts=samba.accounts())
    samba.hold()
    client = Client(proxy.connect())
    client.log_in()
    eventually(lambda: samba.questions)
    reload(proxy, accounts=samba.accounts(helpers=2))
    samba.let_go()
    # Whoever it is, that is known of a source that is no more: the client begins anew.
    assert status_of(client.peer.read_message()) == 401
    assert client.peer.ended()
    assert status_of(Client(proxy.connect()).logged_in()) == 200


def test_no_helper_outlives_its_source_or_the_proxy(
    guarded: Guarded, site: ScriptedServer, samba: Samba, tmp_path: Path
) -> None:
    proxy = guarded(site, accounts=samba.accounts())
    Client(proxy.connect()).logged_in()
    helpers = running(str(tmp_path / "ntlm_auth"))
    assert helpers
    reload(proxy, accounts=samba.accounts(helpers=2))
    eventually(lambda: not running(str(tmp_path / "ntlm_auth")))
    Client(proxy.connect()).logged_in()
    assert running(str(tmp_path / "ntlm_auth"))
    proxy.stop()
    eventually(lambda: not running(str(tmp_path / "ntlm_auth")))


def running(program: str) -> list[int]:
    """Processes whose command line holds this path."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if program.encode() in command:
            found.append(int(process.name))
    return found


def test_every_worker_logs_in_on_its_own(
    guarded: Guarded, site: ScriptedServer, accounts: tuple[Accounts, ...]
) -> None:
    proxy = guarded(site, accounts=accounts, workers=2)
    clients = [Client(proxy.connect()) for _ in range(12)]
    for client in clients:
        assert status_of(client.logged_in()) == 200
        assert status_of(client.peer.request(GET)) == 200
    assert ask(proxy.control, "status")["counters"]["login:accepted"] == 12
