"""The network as checks see it, with every observer there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.verify.observing import logging_in, requests, resolver, signing_in, tcp, tls, upload
from bridgehead.verify.observing.observer import Observer

if TYPE_CHECKING:
    from bridgehead.verify.observing.ways import Way

OBSERVERS = (logging_in, requests, resolver, signing_in, tcp, tls, upload)
"""Importing one registers what it observes; a new one is added here."""


def network(way: Way) -> Observer:
    """A `Look` at the real world. Raises OSError where a file of roots cannot be read."""
    tls.prepare(way.roots)
    return Observer(way)
