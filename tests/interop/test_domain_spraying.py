"""Ten thousand guesses at a thousand accounts of a real domain: the domain's own counts say how many came through."""

from __future__ import annotations

import base64
import http.client
import secrets
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, Protocol

import pytest

from bridgehead.lab.ntlm_client import new_initiator
from bridgehead.lab.users import User
from bridgehead.spec import Accounts, Forward, Login, Pool, Server
from tests.authentication.messages import CURL, authenticate, unicode_flags
from tests.end_to_end.crowd import PROTECTED
from tests.end_to_end.echo_site import EchoSite
from tests.end_to_end.published_pools import LOOPBACK, PublishedPools
from tests.interop.ntlm_auth_site import NtlmAuthSite
from tests.interop.samba_domain import DOMAIN, PASSWORD, REALM, THRESHOLD, SambaDomain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bridgehead.lab.authority import LabAuthority
    from bridgehead.lab.publication import Publication

pytestmark = pytest.mark.interop

ACCOUNTS = [f"sprayed{number:04d}" for number in range(1000)]
PLACES = [f"127.0.0.{number}" for number in range(11, 19)]
ATTEMPTS = 10_000
PASSED_ON = ["user08", "user09", "user10"]
EMPLOYEES = ["user01", "user02", "user03"]


class Guess(Protocol):
    """A login with a wrong password."""

    def __init__(self, account: str) -> None: ...

    def first(self) -> bytes:
        """The message that asks for a challenge."""
        ...

    def last(self, challenge: bytes) -> bytes:
        """The message that answers it."""
        ...


class QuickGuess:
    """Messages of a guesser in a hurry: without a code, and with a proof that is anything."""

    def __init__(self, account: str) -> None:
        self._account = account

    def first(self) -> bytes:
        return CURL

    def last(self, challenge: bytes) -> bytes:
        blob = b"\1\1" + bytes(6) + bytes(8) + secrets.token_bytes(8) + bytes(4) + bytes(8)
        return authenticate(
            nt_response=challenge[24:32] * 2 + blob,
            user=self._account.encode("utf-16-le"),
            domain=DOMAIN.encode("utf-16-le"),
            flags=unicode_flags(),
        )


class ThoroughGuess:
    """Messages as pyspnego makes them, which Samba's own handshake takes for a login."""

    def __init__(self, account: str) -> None:
        self._context = new_initiator("NTLM", User(account, "guessed", account), "site")

    def first(self) -> bytes:
        return self._context.step() or b""

    def last(self, challenge: bytes) -> bytes:
        return self._context.step(challenge) or b""


class Sprayer:
    """Somebody at one address, who guesses at one account after the other.

    `login` makes, of an account and a wrong password, the two messages of a login; the second of a challenge.
    """

    def __init__(self, proxy: PublishedPools, place: str, path: str, login: type[Guess]) -> None:
        self._login = login
        self._names = proxy.names
        self._place = place
        self._path = path
        self._connection: http.client.HTTPConnection | None = None

    def guess(self, accounts: Sequence[str]) -> Counter[int]:
        """One guess at each; the statuses of the last answers."""
        return Counter(self._guess(account) for account in accounts)

    def _guess(self, account: str) -> int:
        login = self._login(account)
        status, challenge = self._leg(login.first())
        if status == 401 and challenge:
            status, _ = self._leg(login.last(base64.b64decode(challenge)))
        return status

    def _leg(self, token: bytes) -> tuple[int, str]:
        if self._connection is None:
            source = (self._place, 0)
            self._connection = http.client.HTTPConnection(LOOPBACK, self._names.http_port, 60, source)
        fields = {
            "Host": self._names.authority(self._names.web, "http"),
            "Authorization": f"NTLM {base64.b64encode(token).decode()}",
        }
        self._connection.request("GET", self._path, headers=fields)
        answer = self._connection.getresponse()
        answer.read()
        if answer.will_close:
            self.leave()
        return answer.status, (answer.getheader("WWW-Authenticate") or "").partition("NTLM ")[2]

    def leave(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Employee(threading.Thread):
    """Logs in again and again, from where they always do."""

    def __init__(self, proxy: PublishedPools, name: str, path: str) -> None:
        super().__init__(name=name)
        self.over = threading.Event()
        self.statuses: Counter[int] = Counter()
        self._proxy = proxy
        self._path = path
        self._user = User(name, PASSWORD, name)

    def run(self) -> None:
        """Until it is over, and once more."""
        while not self.over.is_set():
            self.log_in()
        self.log_in()

    def log_in(self) -> None:
        """Once, on a connection of its own."""
        with self._proxy.connect("NTLM", tls=False) as connection:
            self.statuses[connection.log_in(self._user, "GET", self._path).status] += 1


def spray(proxy: PublishedPools, path: str, accounts: Sequence[str], attempts: int, login: type[Guess]) -> Counter[int]:
    """From all places at once, while employees work; what came of it."""
    employees = [Employee(proxy, name, path) for name in EMPLOYEES]
    for employee in employees:
        employee.log_in()  # the proxy has seen them here before
        employee.start()
    sprayers = [Sprayer(proxy, place, path, login) for place in PLACES]
    each = attempts // len(PLACES)
    lists = [[accounts[(start * 37 + n) % len(accounts)] for n in range(each)] for start in range(len(PLACES))]
    try:
        with ThreadPoolExecutor(len(PLACES)) as threads:
            statuses = sum(threads.map(Sprayer.guess, sprayers, lists), Counter[int]())
    finally:
        for employee in employees:
            employee.over.set()
            employee.join()
        for sprayer in sprayers:
            sprayer.leave()
    for employee in employees:
        assert set(employee.statuses) == {200}, f"{employee.name}: {employee.statuses}"
    return statuses


@pytest.fixture(scope="module")
def inside() -> Iterator[EchoSite]:
    with EchoSite("inside") as running:
        yield running


def test_ten_thousand_guesses_at_a_thousand_accounts_lock_none_of_them(
    domain: SambaDomain, inside: EchoSite, names: Publication, authority: LabAuthority, tmp_path: Path
) -> None:
    domain.add_users(ACCOUNTS)
    accounts = Accounts(
        name="domain",
        source="winbind",
        domain=DOMAIN,
        dns_domain=REALM.lower(),
        computer="GATEWAY",
        ntlm_auth=domain.ntlm_auth,
        wbinfo=domain.wbinfo,
    )
    forward = Forward(pool="pool", authentication="ntlm", login=Login(accounts="domain", schemes=("NTLM",)))
    pool = Pool(name="pool", servers=(Server(host=LOOPBACK, port=inside.port),), tls=False)
    with ExitStack() as stack:
        rules = {"/*": forward}
        proxy = PublishedPools(tmp_path, stack, names, authority, [pool], rules=rules, accounts=[accounts], workers=2)
        statuses = spray(proxy, "/page", [*ACCOUNTS, *EMPLOYEES], ATTEMPTS, QuickGuess)
    judge(domain, statuses, ATTEMPTS)


def test_guesses_at_a_site_that_asks_for_the_login_itself_lock_no_account(
    domain: SambaDomain, names: Publication, authority: LabAuthority, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        site = stack.enter_context(NtlmAuthSite(domain.ntlm_auth))
        pool = Pool(name="pool", servers=(Server(host=LOOPBACK, port=site.port),), tls=False)
        proxy = PublishedPools(tmp_path, stack, names, authority, [pool], workers=2)
        statuses = spray(proxy, f"{PROTECTED}/page", PASSED_ON, 400, ThoroughGuess)
    judge(domain, statuses, 400)


def judge(domain: SambaDomain, statuses: Counter[int], attempts: int) -> None:
    assert set(statuses) == {401, 429}
    assert statuses.total() == attempts
    counts = domain.bad_password_counts()
    assert max(counts.values()) < THRESHOLD, {name: count for name, count in counts.items() if count >= THRESHOLD}
    assert sum(counts.values()) > 0, "no guess ever came through: this proves nothing"
