"""Each user logs in once in every way, which tells what is possible here; nothing else is tried before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.verify.isolation.scenarios.alone import NothingToTest
from bridgehead.verify.isolation.scenarios.entering import note_early, note_foreign, stays_logged_in
from bridgehead.verify.isolation.stage import Seen, Way

if TYPE_CHECKING:
    from bridgehead.verify.credentials import User
    from bridgehead.verify.isolation.connection import Connection
    from bridgehead.verify.isolation.stage import Stage
    from bridgehead.verify.observing.ntlm import Scheme

_REQUESTS = 5


def every_way_in(stage: Stage) -> None:
    """Log everybody in, in every way that the site offers. Raises NothingToTest where nobody can be."""
    refused: list[Seen] = []
    for user in stage.users:
        worked = stage.ways.setdefault(user.name, [])
        for way in _ways(stage, user):
            if stage.standing(user).spent:
                break
            seen = _try(stage, user, way)
            if stage.has_entered(seen, user):
                worked.append(way)
            elif seen.status == 401 and seen.proved:
                refused.append(seen)
    if any(stage.ways.values()):
        _judge_what_worked(stage)
    elif stage.users:
        _judge_that_nobody_can(stage, refused)


def _ways(stage: Stage, user: User) -> list[Way]:
    offered: list[Scheme] = []
    if user.password:
        if _offers(stage, "NTLM"):
            offered.append("NTLM")
        if _offers(stage, "Negotiate"):
            offered.append("Negotiate")
    ways = [Way(scheme, "after a challenge") for scheme in offered]
    ways += [Way(scheme, "before any challenge") for scheme in offered]
    return [*ways, Way("Negotiate", "in one leg")] if user.token else ways


def _offers(stage: Stage, scheme: str) -> bool:
    return any(offered.lower() == scheme.lower() for offered in stage.offered)


def _try(stage: Stage, user: User, way: Way) -> Seen:
    connection = stage.open(user.short)
    seen = stage.log_in(connection, user, way)
    if note_early(stage, seen):
        return seen
    if stage.is_foreign(seen, user):
        note_foreign(stage, seen, user, [(7, "legs")])
    if stage.has_entered(seen, user):
        assert seen.answer is not None
        if not stage.means.page:
            stage.naming.calibrate(user.name, seen.answer)
        stage.names_users = stage.names_users or stage.naming.user_of(seen.answer) is not None
        _ask_on(stage, user, connection, seen)
    return seen


def _ask_on(stage: Stage, user: User, connection: Connection, seen: Seen) -> None:
    assert seen.answer is not None
    if any("true" in value.lower() for value in seen.answer.all("Persistent-Auth")):
        stage.held(14, "Persistent-Auth")
    for number in range(_REQUESTS):
        if not stays_logged_in(stage, connection, user):
            break
        if number == _REQUESTS - 1:
            stage.held(5, "stays", "requests without a credential stay the user's")


def _judge_what_worked(stage: Stage) -> None:
    worked = [way for ways in stage.ways.values() for way in ways]
    ways = sorted({str(way) for way in worked})
    stage.held(7, "legs", f"logins worked over one connection: {', '.join(ways)}")
    if any(way.first != "in one leg" for way in worked):
        stage.held(8, "tokens", "signed tokens arrived whole")
    invented = [line for line in stage.lines if "Proxy-Support" in line.text]
    if invented:
        stage.unseen(
            14, "Proxy-Support", "a 401 carries Proxy-Support; whether the site sends it itself is not to be seen"
        )
    else:
        stage.held(14, "Proxy-Support", "no answer carries it")


def _judge_that_nobody_can(stage: Stage, refused: list[Seen]) -> None:
    names = [user.name for user in stage.users]
    ended = [line for line in stage.lines[stage.begun :] if line.kind == "answer" and "close" in line.text]
    if any("type 2" in line.text for line in ended):
        sentence = "the connection is closed with the server's challenge, so that nobody can answer it"
        stage.broken([(7, "legs")], sentence, *{line.connection for line in ended})
    elif stage.means.direct is not None and _gets_in_directly(stage):
        sentence = (
            "a login that the site itself accepts is refused through the proxy: its legs go over different connections"
        )
        stage.broken([(7, "legs")], sentence)
    elif stage.means.direct is None and len({seen.connection.rpartition("-")[0] for seen in refused}) > 1:
        raise NothingToTest(
            f"{' and '.join(names)} cannot log in, though the challenge arrives: the legs of a login go over different "
            "connections, or both passwords are wrong. Try both at the site itself, without the proxy (`bridgehead "
            "ntlm-check --direct URL` does). No more logins are tried, so that no account is locked."
        )
    elif not refused:
        raise NothingToTest(f"{' and '.join(names)} cannot log in: the first leg gets no challenge.")
    else:
        raise NothingToTest(
            f"{' and '.join(names)} cannot log in: the password is wrong, or the legs of a login go over different "
            "connections. Try it at the site itself, without the proxy (`bridgehead ntlm-check --direct URL` does), "
            "or with two users. No more logins are tried, so that no account is locked."
        )


def _gets_in_directly(stage: Stage) -> bool:
    user = stage.users[0]
    way = next(iter(_ways(stage, user)), None)
    if way is None:
        return False
    stage.standing(user).refused_in_a_row = 0
    connection = stage.open(f"{user.short}-direct", target=stage.means.direct)
    return stage.has_entered(stage.log_in(connection, user, way), user)
