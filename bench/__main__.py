"""The command line of the benchmark."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.backend import running_backend
from bench.certificates import make_certificates
from bench.peers import PEERS
from bench.programs import REPOSITORY, ProgramMissing, find_program, install_missing
from bench.report import OURS, Section, as_json, render
from bench.rounds import Extent, Run
from bench.testbed import OTHER_CORE, PROXY_CORE, Testbed
from bench.workloads import WORKLOADS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.peers.peer import Peer

_USUAL = Extent(rounds=5, seconds=1, idle_connections=2000)
_QUICK = Extent(rounds=2, seconds=1, idle_connections=300)


def main() -> int:
    """Measure, print tables, write JSON. 0: done; 1: Bridgehead was not measured; 2: it could not run here."""
    options = _parse_arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that both ways of stopping clean up
    try:
        for failure in install_missing() if options.install else []:
            _progress(f"could not install: {failure}")
        _require_two_cores()
        find_program("nginx")  # the backend, even where nginx is not among the peers
        find_program("wrk")
        return _measure(options)
    except ProgramMissing as missing:
        print(f"bench: {missing}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nbench: stopped; everything that was started has been ended", file=sys.stderr)
        return 130


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Bridgehead beside nginx, HAProxy, Envoy and Caddy, each one worker on processor 0.",
        epilog="example: python -m bench --only bridged --peers nginx,bridgehead --rounds 9",
    )
    names = [workload.name for workload in WORKLOADS]
    peers = [peer.name for peer in PEERS]
    parser.add_argument("--only", type=_names(names), default=names, metavar="WORKLOAD[,...]", help=", ".join(names))
    parser.add_argument("--peers", type=_names(peers), default=peers, metavar="PEER[,...]", help=", ".join(peers))
    parser.add_argument("--rounds", type=int, help="measurements of each proxy and workload, in turn (default: 5)")
    parser.add_argument("--seconds", type=int, help="length of each (default: 1)")
    parser.add_argument("--quick", action="store_true", help="two rounds and 300 idle connections: a first look")
    parser.add_argument("--install", action="store_true", help="first install the programs that are missing")
    options = parser.parse_args()
    usual = _QUICK if options.quick else _USUAL
    options.extent = Extent(options.rounds or usual.rounds, options.seconds or usual.seconds, usual.idle_connections)
    return options


def _names(known: Sequence[str]) -> Callable[[str], list[str]]:
    def parse(text: str) -> list[str]:
        wanted = text.split(",")
        for name in wanted:
            if name not in known:
                raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(known)}")
        return [name for name in known if name in wanted]

    return parse


def _require_two_cores() -> None:
    if not {PROXY_CORE, OTHER_CORE} <= os.sched_getaffinity(0):
        raise ProgramMissing("two processors are needed: one for the proxy, one for the load and the backend")
    os.sched_setaffinity(0, {OTHER_CORE})


def _measure(options: argparse.Namespace) -> int:
    begin = time.monotonic()
    peers = [peer for peer in PEERS if peer.name in options.peers]
    workloads = [workload for workload in WORKLOADS if workload.name in options.only]
    print(*(f"{name}: {version}" for name, version in _versions(peers).items()), sep="\n", end="\n\n", flush=True)
    with tempfile.TemporaryDirectory(prefix="bridgehead-bench-") as name:
        directory = Path(name)
        certificates = make_certificates(directory)
        with running_backend(directory / "backend", certificates) as backend:
            run = Run(Testbed(directory, certificates, backend), peers, options.extent, _progress)
            sections = run.sections(workloads, _show)
    _clear_progress()
    path = _write_json(sections, options.extent, peers)
    print(f"{time.monotonic() - begin:.0f} s; every sample is in {path.relative_to(REPOSITORY)}")
    measured = all(row.samples for section in sections for row in section.rows if row.peer == OURS)
    return 0 if measured else 1


def _show(section: Section) -> None:
    _clear_progress()
    print(render(section), end="\n\n", flush=True)


def _write_json(sections: Sequence[Section], extent: Extent, peers: Sequence[Peer]) -> Path:
    now = dt.datetime.now(dt.UTC)
    path = REPOSITORY / "bench" / "results" / f"{now:%Y%m%d-%H%M%S}.json"
    path.parent.mkdir(exist_ok=True)
    document: dict[str, Any] = {
        "time": now.isoformat(timespec="seconds"),
        "machine": {"processor": _processor(), "kernel": platform.release()},
        "versions": _versions(peers),
        "rounds": extent.rounds,
        "seconds": extent.seconds,
        "sections": [as_json(section) for section in sections],
    }
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    return path


def _versions(peers: Sequence[Peer]) -> dict[str, str]:
    """What is compared, and the interpreter: those of distributions are a fifth faster than a plain build."""
    versions = {"python": f"{platform.python_version()} at {sys.executable}"}
    for peer in peers:
        try:
            versions[peer.name] = peer.version()
        except (ProgramMissing, OSError) as error:
            versions[peer.name] = str(error)
    return versions


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def _clear_progress() -> None:
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
