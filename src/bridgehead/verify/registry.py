"""The table of all checks. A check registers itself by the `@check` decorator; nothing else lists them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from bridgehead.verify.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgehead.verify.observing.question import Look
    from bridgehead.verify.targets import Target

Judge = Callable[["Target", "Look"], Verdict]
Applies = Callable[["Target"], "bool | str"]

EVERYBODY = ("every client",)

GROUPS = {
    "dns": "DNS",
    "tcp": "TCP",
    "tls": "TLS and certificate",
    "bridge": "The bridge",
    "service": "External web services",
    "behaviour": "Behaviour",
    "login": "Authentication",
    "signin": "Sign-in",
    "extended": "Extended Protection",
}
"""What codes begin with, and the heading of each group, in the order in which they run and are shown."""

_CODE = re.compile(r"[a-z]+\.[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Check:
    """One property of a published name."""

    code: str
    """Stable: `tls.chain`. What stands before the dot is its group."""
    title: str
    """The property as a sentence that is true where the check passes."""
    tries: str
    """What is done."""
    expects: str
    clients: tuple[str, ...]
    """Who depends on it."""
    why: str
    """What goes wrong for them, and where it is written."""
    judge: Judge
    applies: Applies
    """True, or False where the check has nothing to say of this target (it is left out of the tree), or a sentence
    that says why it is skipped."""
    after: tuple[str, ...] = ()
    """Codes without which this one cannot be judged: where one of them, on the same target, failed or was unseen, this
    one is skipped, so that one fault is reported once."""
    network: bool = True
    """Whether it makes connections."""

    @property
    def group(self) -> str:
        """What its code begins with."""
        return self.code.partition(".")[0]


_CHECKS: dict[str, Check] = {}


def always(target: Target) -> bool:  # noqa: ARG001 - the signature of `applies`
    """For checks of every target."""
    return True


def check(
    code: str,
    *,
    title: str,
    tries: str,
    expects: str,
    why: str,
    clients: tuple[str, ...] = EVERYBODY,
    applies: Applies = always,
    after: tuple[str, ...] = (),
) -> Callable[[Judge], Judge]:
    """Register a function as a check. Raises ValueError for a code that is taken, malformed or of an unknown group.

    The function judges and does nothing else: whatever it wants to know of the network it asks `look`.
    """
    if not _CODE.fullmatch(code) or code.partition(".")[0] not in GROUPS:
        raise ValueError(f"{code!r} is not a code: group.words-with-hyphens, of a group in GROUPS")

    def register(judge: Judge) -> Judge:
        if code in _CHECKS:
            raise ValueError(f"there is already a check {code!r}")
        _CHECKS[code] = Check(code, title, tries, expects, clients, why, judge, applies, after)
        return judge

    return register


def registered() -> tuple[Check, ...]:
    """The checks that were registered so far; `bridgehead.verify.catalogue` has all of them."""
    return tuple(_CHECKS.values())


@dataclass(frozen=True)
class Selection:
    """Which checks run: `--only` and `--skip`, as patterns of codes: `tls.chain`, `tls`, `service.*`."""

    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()

    def takes(self, code: str) -> bool:
        """Whether a check runs."""
        wanted = not self.only or any(matches(pattern, code) for pattern in self.only)
        return wanted and not any(matches(pattern, code) for pattern in self.skip)

    def unknown(self, codes: Iterable[str]) -> tuple[str, ...]:
        """Patterns that match no code, which are mistakes."""
        known = tuple(codes)
        return tuple(
            pattern for pattern in (*self.only, *self.skip) if not any(matches(pattern, code) for code in known)
        )


def matches(pattern: str, code: str) -> bool:
    """Whether a pattern names a code: as it is, as a group, or with `*`."""
    return fnmatchcase(code, pattern) or code.startswith(f"{pattern.rstrip('.')}.")
