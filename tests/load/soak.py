"""An hour of everything: does the proxy grow? A program: `python -m tests.load.soak --minutes 60 --output FILE`.

Everything that clients do goes on at a moderate rate, with a change every minute. Memory and descriptors of each
process are sampled to a JSON lines file. Ends with a verdict, and with status 1 where something grew or went wrong.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, TextIO

import trustme

from tests.load.figures import Figures, figures_of
from tests.load.growth import Sample, verdict_on
from tests.load.published import published, running_site
from tests.load.soak_visits import VISITS, Operator, Place, Regular

if TYPE_CHECKING:
    from tests.load.published import Site
    from tests.proxy.wire import Proxy

SAMPLE_SECONDS = 10.0
REST_SECONDS = 90.0
"""Longest wait at the end until idle connections are closed."""


def processes_of(proxy: Proxy) -> dict[str, int]:
    """The supervisor and its workers."""
    workers = {f"worker {number}": pid for number, pid in enumerate(proxy.workers_running())}
    return {"supervisor": proxy.process.pid, **workers}


class Sampler:
    """Writes what each process has, again and again."""

    def __init__(self, proxy: Proxy, output: TextIO) -> None:
        self._proxy = proxy
        self._output = output
        self._began = monotonic()
        self.samples: list[Sample] = []

    def take(self, visits: int) -> None:
        """One line for each process."""
        at = monotonic() - self._began
        for name, pid in processes_of(self._proxy).items():
            figures = figures_of(pid)
            self.samples.append(Sample(name, pid, at, figures))
            self._output.write(json.dumps(_line(name, pid, at, figures, visits)) + "\n")
        self._output.flush()


def _line(name: str, pid: int, at: float, figures: Figures, visits: int) -> dict[str, object]:
    return {
        "at": round(at, 1),
        "process": name,
        "pid": pid,
        "rss": figures.resident,
        "pss": figures.proportional,
        "descriptors": figures.descriptors,
        "cpu": figures.cpu,
        "visits": visits,
    }


def descriptors_of(proxy: Proxy) -> dict[str, int]:
    """Open descriptors by process."""
    return {name: figures_of(pid).descriptors for name, pid in processes_of(proxy).items()}


def until_at_rest(proxy: Proxy, before: dict[str, int]) -> dict[str, int]:
    """Wait until no more descriptors are open than before all clients came; what is left over."""
    waiter, until = threading.Event(), monotonic() + REST_SECONDS
    while True:
        now = descriptors_of(proxy)
        left = {name: now[name] - before.get(name, 0) for name in now if now[name] > before.get(name, 0)}
        if not left or monotonic() > until:
            return left
        waiter.wait(1.0)


def everybody_comes(proxy: Proxy, site: Site, minutes: float, sampler: Sampler) -> list[str]:
    """Let all visits go on for so many minutes; what went wrong, and what was left open when all had gone."""
    before = descriptors_of(proxy)
    place = Place(proxy, proxy.client_context())
    members = [Regular(place, visit, number) for visit, count in VISITS.items() for number in range(count)]
    members.append(Regular(place, Operator(place).change, 0))
    end = monotonic() + minutes * 60
    for member in members:
        member.start()
    while monotonic() < end:
        place.over.wait(min(SAMPLE_SECONDS, max(0.0, end - monotonic())))
        sampler.take(sum(member.visits for member in members))
    place.over.set()
    for member in members:
        while member.is_alive():
            site.release()  # whoever polls is told that it is over
            member.join(1.0)
    visits: Counter[str] = Counter()
    for member in members:
        visits[member.kind] += member.visits
    print(f"visits: {json.dumps(visits)}")
    found = [f"{member.name}: {failure}" for member in members for failure in member.failures]
    found += [f"{kind} was never done" for kind, count in visits.items() if not count]
    found += [f"{name} keeps {left} descriptors" for name, left in until_at_rest(proxy, before).items()]
    if "Traceback" in proxy.said():
        found.append(proxy.said()[-4000:])
    return found


def begin() -> int:
    """Read the arguments and begin. The exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--output", type=Path, default=Path("soak.jsonl"))
    arguments = parser.parse_args()
    authority = trustme.CA()
    with tempfile.TemporaryDirectory() as name, arguments.output.open("w", encoding="utf-8") as output:
        directory = Path(name)
        with (
            running_site(directory, authority) as site,
            published(directory, authority, site, workers=arguments.workers, pool={"idle_seconds": 20.0}) as proxy,
        ):
            sampler = Sampler(proxy, output)
            found = everybody_comes(proxy, site, arguments.minutes, sampler) + verdict_on(sampler.samples, print)
    for finding in found[:50]:
        print(f"WRONG: {finding}")
    print("nothing grew and nothing failed" if not found else f"{len(found)} findings")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(begin())
