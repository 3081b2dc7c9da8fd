"""The running proxy's eye on its certificates, put together from the file that it serves."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bridgehead.certificates.alarms.memory import memory_directory
from bridgehead.certificates.alarms.orders import order_facts
from bridgehead.certificates.alarms.watch import ServedWatch
from bridgehead.certificates.store.layout import shelf_of
from bridgehead.cli.certificate.alarming import name_of_node
from bridgehead.topology.model import DEFAULT_STORE

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgehead.certificates.alarms.watch import Serving
    from bridgehead.cli.loading import Loaded


def watch(
    file: Path, loaded: Callable[[], Loaded], serving: Callable[[], Serving], control: Path | None
) -> ServedWatch:
    """Watches what is served. `loaded` and `serving` give what the file said, and what is served, at that moment."""
    store = _store(loaded())

    def notify() -> None:
        topology = loaded().topology
        if topology is not None and (topology.alarms.command or topology.alarms.webhook):
            _tell_others(file, control)

    return ServedWatch(
        serving,
        store,
        memory_directory(store, file),
        name_of_node(store),
        orders=lambda: order_facts(store),
        notify=notify,
    )


def _store(loaded: Loaded) -> Path:
    if loaded.topology is not None:
        return Path(loaded.topology.certificate_store)
    chains = (pair.chain for certificate in loaded.spec.certificates for pair in certificate.pairs)
    return next((shelf.store for chain in chains if (shelf := shelf_of(chain)) is not None), Path(DEFAULT_STORE))


def _tell_others(file: Path, control: Path | None) -> None:
    """A process of its own, which nobody waits for; the supervisor reaps it as it does its workers."""
    nothing = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    # -P: not a module that lies where the proxy was started.
    words = [sys.executable, "-P", "-m", "bridgehead", "certificate", "check", str(file)]
    options = ["--notify", "--not-to-log", "--format", "json", *(["--control", str(control)] if control else [])]
    try:
        streams = [(os.POSIX_SPAWN_DUP2, nothing, target) for target in (0, 1)]
        os.posix_spawn(sys.executable, [*words, *options], os.environ, file_actions=streams)
    finally:
        os.close(nothing)
