"""Asks the network: each question once, within its bounds, whoever asks first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from bridgehead.verify.observing.ways import Connections

if TYPE_CHECKING:
    from bridgehead.verify.observing.question import Observation, Question
    from bridgehead.verify.observing.ways import Way

Seen = TypeVar("Seen", bound="Observation")
Answering = Callable[[Any, Connections], Seen]
"""From a question of one kind, and the way to the network, to what was seen."""
_OBSERVERS: dict[type, Answering[Any]] = {}


def observes(kind: type[Question[Seen]]) -> Callable[[Answering[Seen]], Answering[Seen]]:
    """Register the function that answers one kind of question. It never raises for what the network does."""

    def register(observe: Answering[Seen]) -> Answering[Seen]:
        _OBSERVERS[kind] = observe
        return observe

    return register


class Observer:
    """The network as a `Look`. Callable from several threads."""

    def __init__(self, way: Way) -> None:
        self._connections = Connections(way)
        self._lock = threading.Lock()
        self._asked: dict[Question[Observation], _Once] = {}

    def __call__(self, question: Question[Seen]) -> Seen:
        """The observation, made now or before. Raises LookupError for a question that nobody answers."""
        with self._lock:
            once = self._asked.setdefault(question, _Once())
        with once.lock:
            if once.observation is None:
                once.observation = _OBSERVERS[type(question)](question, self._connections)
        return cast("Seen", once.observation)

    def seen(self, question: Question[Seen]) -> Seen | None:
        """What was observed before, without asking."""
        with self._lock:
            once = self._asked.get(question)
        return None if once is None else cast("Seen | None", once.observation)


class _Once:
    """One question's answer, which others wait for while it is made."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.observation: Observation | None = None
