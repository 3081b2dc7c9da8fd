"""From facts to alarms. Pure: the clock is given."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from bridgehead.certificates.alarms.facts import Dated, NotLoaded, OrderFact, Unusable, Waiting
from bridgehead.certificates.alarms.levels import SEVERITIES, Severity, level

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from bridgehead.certificates.alarms.facts import Fact

Kind = Literal["expiry", "order", "not-loaded", "missed", "unusable"]

FAILURES: dict[int, Severity] = {3: "warning", 10: "urgent"}
"""After so many failures in a row. One or two are an authority's bad hour, and the next attempt is the mend."""

LATE = timedelta(minutes=5)
"""The running proxy looks at its schedule every minute; what is later than this was missed."""


@dataclass(frozen=True)
class Alarm:
    """Something that somebody must know."""

    about: str
    """What it is about, for programs: `served:public:rsa`, `order:public`. There is one alarm about each."""
    kind: Kind
    name: str
    """The certificate's name, of an upstream one the pool's."""
    state: str
    """It is told again when this changes, and only then."""
    severity: Severity
    message: str
    hint: str = ""


@dataclass(frozen=True)
class Looked:
    """What a look at everything came to."""

    alarms: Mapping[str, Alarm] = field(default_factory=dict)
    """By what each is about."""
    unknown: Collection[str] = ()
    """What could not be looked at this time: it is neither raised nor cleared. Also beginnings that end in a colon."""

    def knows(self, about: str) -> bool:
        """Whether this was looked at."""
        return about in self.alarms or not any(
            about == one or (one.endswith(":") and about.startswith(one)) for one in self.unknown
        )


def look(facts: Iterable[Fact], now: datetime, unknown: Collection[str] = ()) -> Looked:
    """The alarms that follow from facts. Of two about the same thing the graver one counts."""
    alarms: dict[str, Alarm] = {}
    hidden = list(unknown)
    for fact in facts:
        if isinstance(fact, Unusable):
            hidden += fact.hides
        alarm = _alarm(fact, now)
        if alarm is not None and _gravity(alarm) > _gravity(alarms.get(alarm.about)):
            alarms[alarm.about] = alarm
    return Looked(alarms, tuple(hidden))


def _gravity(alarm: Alarm | None) -> int:
    return SEVERITIES.index(alarm.severity) if alarm is not None else -1


def _alarm(fact: Fact, now: datetime) -> Alarm | None:
    match fact:
        case Dated():
            return _of_dates(fact, now)
        case OrderFact():
            return _of_order(fact)
        case NotLoaded():
            return _of_refusal(fact)
        case Waiting():
            return _of_waiting(fact, now)
        case Unusable():
            hint = "What was served before goes on being served; `bridgehead check` says more."
            return Alarm(fact.about, "unusable", fact.where, "unusable", "critical", fact.reason, hint)


def _of_dates(fact: Dated, now: datetime) -> Alarm | None:
    what, hint = _described(fact)
    if fact.ends <= now:
        return Alarm(
            fact.about, "expiry", fact.name, "expired", "critical", f"{what} expired on {_at(fact.ends)}.", hint
        )
    if fact.begins > (fact.used_from or now):
        message = f"{what} is valid only from {_at(fact.begins)}."
        return Alarm(fact.about, "expiry", fact.name, "not-yet-valid", "critical", message, "Is the clock right?")
    reached = level(fact.begins, fact.ends, now)
    if reached is None:
        return None
    message = f"{what} expires on {_at(fact.ends)}, in {_left(fact.ends - now)}."
    return Alarm(fact.about, "expiry", fact.name, reached, reached, message, hint)


def _described(fact: Dated) -> tuple[str, str]:
    if fact.role == "upstream":
        return f"The certificate of {fact.kind}, pool {fact.name},", "It is renewed on that server, not here."
    words = {"served": "is served", "live": "is live in the store", "staged": "is staged"}
    what = f"The certificate {fact.name} ({fact.kind}), which {words[fact.role]},"
    return what, "Renew it: bridgehead certificate request, or look at why it does not renew itself."


_MENDED = "When it is mended, or to try at once: bridgehead certificate renew --now."


def _of_order(fact: OrderFact) -> Alarm | None:
    reached = [severity for failures, severity in FAILURES.items() if fact.failures >= failures]
    severity: Severity | None = "urgent" if fact.needs_somebody else reached[-1] if reached else None
    if severity is None:
        return None
    state = "needs-somebody" if fact.needs_somebody else f"failing-{severity}"
    again = f"It is tried again at {_at(fact.next_attempt)}." if fact.next_attempt else "It is not tried again."
    message = f"The certificate {fact.name} could not be had, {fact.failures} times: {fact.last_problem} {again}"
    return Alarm(fact.about, "order", fact.name, state, severity, message, _MENDED)


def _of_refusal(fact: NotLoaded) -> Alarm:
    what = f"certificate {fact.name} ({fact.kind}), generation {fact.generation}"
    message = f"{what} was due at {fact.at:%Y-%m-%d %H:%M %Z}: {fact.reason}"
    hint = "What was live before is served. Stage it anew, activate it, or unstage it."
    return Alarm(fact.about, "not-loaded", fact.name, f"refused-{fact.generation}", "urgent", message, hint)


def _of_waiting(fact: Waiting, now: datetime) -> Alarm | None:
    if now - fact.at <= LATE:
        return None
    what = f"certificate {fact.name} ({fact.kind}), generation {fact.generation}"
    message = f"{what} was staged for {_at(fact.at)}, and is not live."
    hint = "The running proxy carries it out: does it run, and does it serve this certificate?"
    return Alarm(fact.about, "missed", fact.name, f"missed-{fact.generation}", "urgent", message, hint)


def _at(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC"


def _left(time: timedelta) -> str:
    hours = int(time.total_seconds() // 3600)
    if hours >= 48:
        return f"{hours // 24} days"
    return f"{hours} hours" if hours >= 2 else f"{int(time.total_seconds() // 60)} minutes"
