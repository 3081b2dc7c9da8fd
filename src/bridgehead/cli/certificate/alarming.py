"""What `certificate check` looks at for alarms: files, store, orders, the servers inside, and what the proxy serves."""

from __future__ import annotations

import socket
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridgehead.certificates.alarms.alarm import Alarm, look
from bridgehead.certificates.alarms.facts import Dated, Fact, NotLoaded, OrderFact, Waiting
from bridgehead.certificates.alarms.gathering import served_fact, store_facts
from bridgehead.certificates.alarms.orders import order_facts
from bridgehead.certificates.farm.node import public_node
from bridgehead.cli.certificate.farm_nodes import farm_problems
from bridgehead.problems import Problem, ProblemsFound
from bridgehead.proxy.control import ask, default_path, may_run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgehead.certificates.alarms.alarm import Looked
    from bridgehead.cli.certificate.findings import Findings
    from bridgehead.cli.certificate.place import Place


@dataclass(frozen=True)
class Surroundings:
    """Everything that was seen, and the alarms that follow."""

    looked: Looked
    facts: tuple[Fact, ...]
    upstream: tuple[Dated, ...] | None
    """The servers inside; None where they were not asked."""
    problems: tuple[Problem, ...]

    def into(self, found: Findings) -> Findings:
        """The findings of a check, with these."""
        return replace(
            found,
            problems=tuple(dict.fromkeys((*found.problems, *self.problems))),
            alarms=tuple(asdict(alarm) for alarm in self.looked.alarms.values()),
            staged=tuple(_staged_as_json(fact) for fact in self.facts if isinstance(fact, Waiting | NotLoaded)),
            orders=tuple(_order_as_json(fact) for fact in self.facts if isinstance(fact, OrderFact)),
        )


def look_around(
    place: Place, upstream: Sequence[dict[str, Any]] | None, now: datetime, control: Path | None
) -> Surroundings:
    """Look at everything that a file refers to. `upstream` is what servers showed, None where none was asked."""
    served = _served(place)
    known = {(fact.name, fact.kind) for fact in served if isinstance(fact, Dated)}
    facts = [*served, *store_facts(place.store, known), *order_facts(place.store.directory)]
    inside, unknown = _inside(upstream)
    looked = look([*facts, *inside], now, unknown)
    running = _as_the_proxy_serves(control, place)
    problems = [_as_problem(alarm) for alarm in looked.alarms.values() if alarm.kind != "expiry"]
    problems += [*_served_is_older(looked, running), *farm_problems(place)]
    if running is not None:
        others = {about: alarm for about, alarm in looked.alarms.items() if about not in running}
        looked = replace(looked, alarms={**others, **{about: one for about, one in running.items() if one is not None}})
    return Surroundings(looked, (*facts, *inside), inside if upstream is not None else None, tuple(problems))


def name_of_node(store: Path) -> str:
    """What this machine is called in what is told: its name in the farm, or its own."""
    try:
        public = public_node(store)
    except ProblemsFound:
        public = None
    return public.name if public is not None else socket.gethostname()


def _served(place: Place) -> list[Fact]:
    assert place.loaded is not None, "asked by the command"
    found: list[Fact] = []
    for certificate in place.loaded.spec.certificates:
        for pair in certificate.pairs:
            try:
                content = Path(pair.chain).read_bytes()
            except OSError:
                content = b""
            found.append(served_fact(certificate.name, pair.chain, content))
    return found


def _inside(upstream: Sequence[dict[str, Any]] | None) -> tuple[tuple[Dated, ...], tuple[str, ...]]:
    """The servers inside, and what is not known of them this time."""
    if upstream is None:
        return (), ("upstream:",)
    found: list[Dated] = []
    unknown: list[str] = []
    for one in upstream:
        # What ends first: authorities above it are watched as well, as far as the server sends them.
        dates = [
            (datetime.fromisoformat(each["not_before"]), datetime.fromisoformat(each["not_after"]))
            for each in _linked(one["chain"])
            if each["not_before"] and each["not_after"]
        ]
        if dates:
            begins, ends = min(dates, key=lambda pair: pair[1])
            found.append(Dated("upstream", one["pool"], one["address"], begins, ends))
        else:
            unknown.append(f"upstream:{one['pool']}:{one['address']}")
    return tuple(found), tuple(unknown)


def _linked(chain: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first certificate and, one by one, that of its issuer. Servers send others too, which nobody needs."""
    found = list(chain[:1])
    while found:
        issuer = found[-1]["issuer"]
        above = next((each for each in chain if each["subject"] == issuer and each not in found), None)
        if above is None:
            break
        found.append(above)
    return found


def _as_the_proxy_serves(control: Path | None, place: Place) -> dict[str, Alarm | None] | None:
    """The alarms about what the running proxy serves, which may be older than the files.

    None where none runs, or one with other certificates: a machine may have several.
    """
    assert place.loaded is not None, "asked by the command"
    ours = {pair.chain for certificate in place.loaded.spec.certificates for pair in certificate.pairs}
    path = control or default_path()
    try:
        watch = ask(path, "status").get("watch", {}) if may_run(path) else {}
    except ProblemsFound:
        return None
    if not ours or set(watch.get("chains", ())) != ours or watch["trouble"]:
        return None
    served = [one for one in watch["certificates"] if one["role"] == "served"]
    alarms = {one["about"]: Alarm(**one) for one in watch["alarms"]}
    return {about: alarms.get(about) for about in (f"served:{one['certificate']}:{one['kind']}" for one in served)}


def _served_is_older(looked: Looked, running: dict[str, Alarm | None] | None) -> list[Problem]:
    return [
        Problem(
            "certificate.not-reloaded",
            about.removeprefix("served:"),
            f"The running proxy serves an older certificate than the file has. {alarm.message}",
            "bridgehead reload",
        )
        for about, alarm in (running or {}).items()
        if alarm is not None and about not in looked.alarms
    ]


def _as_problem(alarm: Alarm) -> Problem:
    return Problem(f"alarm.{alarm.kind}", alarm.about, alarm.message, alarm.hint)


def _staged_as_json(fact: Waiting | NotLoaded) -> dict[str, Any]:
    found = asdict(fact) | {"at": fact.at.isoformat()}
    return {**found, "refused": found.pop("reason", "")}


def _order_as_json(fact: OrderFact) -> dict[str, Any]:
    return asdict(fact) | {"next_attempt": fact.next_attempt.isoformat() if fact.next_attempt else None}
