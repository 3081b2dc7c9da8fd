"""Users who log in and strangers who do not, all at once, well-behaved and not.

Every member is a thread with blocking sockets of its own, so that the order of events is the kernel's. What each
does is drawn from a generator seeded with its name: a member does the same in every run.
"""

from __future__ import annotations

import contextlib
import json
import random
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, Self

from bridgehead.lab.http_client import Answer, AnswerBroken
from bridgehead.lab.messages import split_host
from bridgehead.lab.ntlm_client import NtlmConnection, new_initiator
from tests.end_to_end.sightings import Sighting, request_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bridgehead.lab.users import User

PROTECTED = "/abs/handler"
OPEN_PAGE = "/GroupExpansion/service.svc/mex"
OPEN_UPLOAD = "/DataCollabWeb"


class Login(Protocol):
    """A way to log in."""

    def log_in(self, connection: NtlmConnection, user: User, target: str) -> Answer:
        """All of it; the last answer."""
        ...

    def begin(self, connection: NtlmConnection, user: User, target: str) -> None:
        """As much of it as leaves the server waiting, or answering, when the client goes."""
        ...


class WindowsLogin:
    """NTLM or Negotiate, in as many legs as it takes."""

    def log_in(self, connection: NtlmConnection, user: User, target: str) -> Answer:
        """With or without waiting for a challenge, as the connection has it."""
        return connection.log_in(user, "GET", target)

    def begin(self, connection: NtlmConnection, user: User, target: str) -> None:
        """The first leg and its answer."""
        initiator = new_initiator(connection.scheme, user, split_host(connection.host)[0])
        connection.leg(initiator.step(), "GET", target)


@dataclass
class Crowd:
    """Everybody, and what they saw. `connect` opens a connection to whatever stands between them and the servers."""

    connect: Callable[[], NtlmConnection]
    users: Sequence[User]
    requests_each: int
    """Answers that every user waits for and gets."""
    strangers: int = 10
    stranger_requests: int = 1000
    """What all strangers ask together at least; they go on until the last user has finished."""
    longest_visit: int = 20
    """Requests on one connection."""
    login: Login = field(default_factory=WindowsLogin)
    when_answered: dict[int, Callable[[], None]] = field(default_factory=dict)
    """What happens once users have had so many answers."""
    sightings: list[Sighting] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._answered = 0
        self.users_are_done = threading.Event()

    def run(self) -> None:
        """Let everybody do what they came for. Raises whatever a member raised."""
        with ThreadPoolExecutor(len(self.users) + self.strangers) as threads:
            strangers = [threads.submit(Stranger(self, f"stranger{n}").stay) for n in range(self.strangers)]
            users = [threads.submit(LoggedInUser(self, user).stay) for user in self.users]
            try:
                for member in users:
                    member.result()
            finally:
                self.users_are_done.set()
            for member in strangers:
                member.result()

    def add(self, sighting: Sighting) -> None:
        """Note what a member saw; at some numbers of answers something happens."""
        with self._lock:
            self.sightings.append(sighting)
            self._answered += bool(sighting.entitled and not sighting.loss)
            event = self.when_answered.pop(self._answered, None)
        if event is not None:
            event()


class Visit:
    """One connection of a member, and the requests on it."""

    def __init__(self, crowd: Crowd, name: str) -> None:
        self.crowd = crowd
        self.name = name
        self.entitled: str | None = None
        self.broken = False
        self.connection = crowd.connect()
        self._requests = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def target(self, directory: str) -> str:
        """A path in this directory that no other request has."""
        self._requests += 1
        return f"{directory}/{self.name}.{self._requests}"

    def see(self, target: str, wanted: int, exchange: Callable[[], Answer]) -> bool:
        """Do an exchange and note what came of it; whether the site itself answered."""
        request, loss, answer = request_of(target), "", None
        try:
            answer = exchange()
        except (AnswerBroken, OSError) as error:
            loss = f"{type(error).__name__}: {error}"
        if answer is not None and answer.status in {502, 503, 504}:
            loss = f"the proxy answered {answer.status}: {answer.text[:200]}"
        self.broken = bool(loss)
        if answer is None or loss:
            sighting = Sighting(self.name, request, self.entitled, wanted, loss=loss)
        else:
            sighting = _sighting(self, request, wanted, answer)
        self.crowd.add(sighting)
        return not loss

    def ask(self, directory: str, wanted: int, **fields: str) -> bool:
        """One GET."""
        target = self.target(directory)
        return self.see(target, wanted, lambda: self.connection.request("GET", target, fields=fields))

    def ask_twice_at_once(self, directory: str, wanted: int) -> bool:
        """Two pipelined requests, which must be answered in their order."""
        first, second = self.target(directory), self.target(directory)

        def exchange() -> Answer:
            for target in (first, second):
                self.connection.send("GET", target)
            return self.connection.receive()

        return self.see(first, wanted, exchange) and self.see(second, wanted, self.connection.receive)

    def ask_and_half_close(self, directory: str, wanted: int) -> bool:
        """One GET, then the end of sending: the answer must still come, and then the end."""
        target = self.target(directory)

        def exchange() -> Answer:
            self.connection.send("GET", target)
            # Not SSLSocket.shutdown, which forgets TLS: a FIN alone, as clients that die half-way send it.
            socket.socket.shutdown(self.connection.socket, socket.SHUT_WR)
            answer = self.connection.receive()
            if not self.connection.at_end():
                raise AnswerBroken("something came after the answer to a half-closed client")
            return answer

        return self.see(target, wanted, exchange)

    def give_up_waiting(self, directory: str, *, reset: bool) -> None:
        """A client's time-out: one GET, and gone before the answer."""
        with contextlib.suppress(OSError):
            self.connection.send("GET", self.target(directory))
        self._go(reset=reset)

    def break_off(self, directory: str) -> None:
        """A body that ends half-way, in a reset."""
        with contextlib.suppress(OSError):
            self.connection.send("POST", self.target(directory), body=iter([b"half"]), fields={"Content-Length": "8"})
        self._go(reset=True)

    def _go(self, *, reset: bool) -> None:
        self.broken = True
        if reset:
            self.connection.abort()
        else:
            self.connection.close()


class Member:
    """Somebody who comes again and again."""

    def __init__(self, crowd: Crowd, name: str) -> None:
        self.crowd = crowd
        self.name = name
        self.random = random.Random(name)
        self._visits = 0

    def visit(self) -> Visit:
        """A new connection."""
        self._visits += 1
        return Visit(self.crowd, f"{self.name}-{self._visits}")

    def leave(self, visit: Visit, wanted: int) -> bool:
        """End a visit in one of the ways that clients end them; whether one more answer was had."""
        if visit.broken:
            return False
        match self.random.randrange(6):
            case 0:
                visit.give_up_waiting(PROTECTED, reset=True)
            case 1:
                visit.give_up_waiting(PROTECTED, reset=False)
            case 2:
                visit.break_off(PROTECTED)
            case 3:
                return visit.ask_and_half_close(PROTECTED, wanted)
            case 4:
                visit.connection.abort()
        return False


class LoggedInUser(Member):
    """Logs in on every connection, and must then be answered by name without any further credential."""

    def __init__(self, crowd: Crowd, user: User) -> None:
        super().__init__(crowd, user.name)
        self._user = user
        self._left = crowd.requests_each
        self._patience = 3 * crowd.requests_each + 20

    def stay(self) -> None:
        """Until all answers are there."""
        while self._left > 0:
            self._patience -= 1
            assert self._patience, f"{self.name} never gets all answers; the last visit was {self._visits}"
            with self.visit() as visit:
                self._come_in(visit)

    def _come_in(self, visit: Visit) -> None:
        chance = self.random.random()
        if chance < 0.3 and not visit.ask(OPEN_PAGE, 200):  # begins as a stranger, on a connection from the pool
            return
        if chance > 0.9:
            self._turn_round(visit)
            return
        target = visit.target(PROTECTED)
        visit.entitled = self._user.account
        if not visit.see(target, 200, lambda: self.crowd.login.log_in(visit.connection, self._user, target)):
            return
        self._left -= 1
        self._look_around(visit)

    def _turn_round(self, visit: Visit) -> None:
        """Begin a login, and go between its legs."""
        with contextlib.suppress(OSError, AnswerBroken):
            self.crowd.login.begin(visit.connection, self._user, visit.target(PROTECTED))
        visit.connection.abort()

    def _look_around(self, visit: Visit) -> None:
        for _ in range(self.random.randrange(self.crowd.longest_visit)):
            if self._left <= 1:
                break
            if self.random.random() < 0.1:
                answered = 2 * visit.ask_twice_at_once(PROTECTED, 200)
            else:
                answered = int(visit.ask(PROTECTED, 200))
            self._left -= answered
            if not answered:
                return
        if self._left > 0:
            self._left -= self.leave(visit, 200)


class Stranger(Member):
    """Never logs in, and must never be taken for anybody."""

    def stay(self) -> None:
        """As long as users are there, and for a fair share of the strangers' requests."""
        share = self.crowd.stranger_requests // self.crowd.strangers
        while share > 0 or not self.crowd.users_are_done.is_set():
            with self.visit() as visit:
                for _ in range(self.random.randint(1, 5)):
                    share -= 1
                    if not self._look(visit):
                        break
                self.leave(visit, 401)

    def _look(self, visit: Visit) -> bool:
        match self.random.randrange(5):
            case 0:
                return visit.ask(PROTECTED, 401)
            case 1:
                return visit.ask(OPEN_PAGE, 200, Authorization="Bearer of-no-interest")
            case 2:
                target = visit.target(OPEN_UPLOAD)
                return visit.see(target, 200, lambda: visit.connection.request("POST", target, body=b"slides"))
            case 3:
                return visit.ask_twice_at_once(OPEN_PAGE, 200)
            case _:
                return visit.ask(OPEN_PAGE, 200)


def _sighting(visit: Visit, request: str, wanted: int, answer: Answer) -> Sighting:
    named: dict[str, object] = {}
    if answer.status == 200 and answer.fields.get("Content-Type").startswith("application/json"):
        named = json.loads(answer.body)
    # The field and the page must agree; where they do not, the page is what the user sees.
    user = named.get("user", answer.fields.get("X-Lab-User") or None)
    return Sighting(
        visit.name,
        request,
        visit.entitled,
        wanted,
        answer.status,
        None if user is None else str(user),
        request_of(str(named.get("path", ""))),
        f"{named['server']} connection {named['connection']}" if "connection" in named else "",
    )
