"""The running proxy's eye on its certificates. Satisfies `bridgehead.proxy.watch.Watch`.

It tells its log, standard error, and remembers that in a file of its own; whom the administrator named is told by
`bridgehead certificate check --notify`, which `notify` starts: a slow webhook keeps no supervisor waiting.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from bridgehead.certificates.alarms.alarm import Looked, look
from bridgehead.certificates.alarms.facts import Dated, Fact, Unusable
from bridgehead.certificates.alarms.gathering import served_fact, store_facts
from bridgehead.certificates.alarms.memory import OF_PROXY, Memory
from bridgehead.certificates.alarms.telling import LOG, tell, to_log
from bridgehead.certificates.store.store import Store
from bridgehead.problems import ProblemsFound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from bridgehead.certificates.alarms.facts import OrderFact
    from bridgehead.spec import ProxySpec


class Serving(NamedTuple):
    """What the proxy serves at this moment: not what lies in the files now, but what it read from them."""

    spec: ProxySpec
    material: Mapping[str, bytes]
    """Contents by path."""


class ServedWatch:
    """Looks at what is served, and at the store it comes from."""

    def __init__(
        self,
        serving: Callable[[], Serving],
        store: Path,
        memory: Path,
        node: str,
        *,
        orders: Callable[[], Iterable[OrderFact | Unusable]] = tuple,
        notify: Callable[[], None] | None = None,
    ) -> None:
        self._serving, self._store, self._orders = serving, Store(store), orders
        self._directory, self._node, self._notify = memory, node, notify
        self._memory: Memory | None = None

    def look(self, now: float) -> None:
        """Tell the log what is new, and let others be told."""
        time = datetime.fromtimestamp(now, UTC)
        if self._memory is None:
            self._memory = Memory(self._directory, OF_PROXY)
            self._memory.read()
        looked = look(self._facts(), time)
        news = []

        def to_log_and_notify(told: dict[str, Any]) -> None:
            to_log(told)
            news.append(told)

        # What cannot be remembered on the disk is remembered here, until the proxy ends.
        problems = tell(looked, self._memory, {LOG: to_log_and_notify}, time, self._node)
        if news and self._notify is not None:
            self._notify()
        if problems:
            raise ProblemsFound(problems)

    def status(self, now: float) -> dict[str, Any]:
        """Days left of everything, the servers inside as they were when somebody asked them last; and the alarms.

        `chains` are the paths of what is served, by which a command knows that it asks the proxy that it means.
        """
        time = datetime.fromtimestamp(now, UTC)
        facts = [*self._facts(), *self._upstream()]
        looked: Looked = look(facts, time)
        return {
            "chains": [pair.chain for one in self._serving().spec.certificates for pair in one.pairs],
            "certificates": [
                {"certificate": fact.name, "kind": fact.kind, "role": fact.role, "days_left": fact.days_left(time)}
                for fact in facts
                if isinstance(fact, Dated)
            ],
            "alarms": [
                {
                    "about": alarm.about,
                    "kind": alarm.kind,
                    "name": alarm.name,
                    "state": alarm.state,
                    "severity": alarm.severity,
                    "message": alarm.message,
                }
                for alarm in looked.alarms.values()
            ],
        }

    def _facts(self) -> list[Fact]:
        spec, material = self._serving()
        facts: dict[str, Fact] = {}
        for certificate in spec.certificates:
            for pair in certificate.pairs:
                fact = served_fact(certificate.name, pair.chain, material.get(pair.chain, b""))
                known = facts.get(fact.about)
                # Of two of a kind under one name the one that ends first counts.
                if not (isinstance(known, Dated) and isinstance(fact, Dated) and known.ends <= fact.ends):
                    facts[fact.about] = fact
        served = {(fact.name, fact.kind) for fact in facts.values() if isinstance(fact, Dated)}
        return [*facts.values(), *store_facts(self._store, served), *self._ordered()]

    def _ordered(self) -> list[Fact]:
        try:
            return list(self._orders())
        except (ProblemsFound, OSError) as error:
            return [Unusable("orders", f"How orders go cannot be read: {error}.", ("order:",))]

    def _upstream(self) -> tuple[Dated, ...]:
        told = Memory(self._directory)
        told.read()
        return told.upstream
