"""What can happen to a process while it changes files: it is killed, the disk is full, it may not.

Python tells an audit hook (PEP 578) of each system call that opens or changes a file, before it is made. A child
process installs one and is struck at a chosen call: what is on the disk then is what a crash there leaves behind.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from bridgehead.problems import ProblemsFound

Blow = Literal["killed", "one call fails", "every call fails from there on"]
BLOWS: tuple[Blow, ...] = ("killed", "one call fails", "every call fails from there on")
NOBODY = 65534

_CHANGES = {"open", "os.mkdir", "os.rename", "os.symlink", "os.remove", "os.rmdir", "os.chown", "os.truncate"}
_CHANGING_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_DIRECTORY
"""A directory is opened to be forced to the disk."""


@dataclass(frozen=True)
class Outcome:
    """How it ended, and what was said."""

    how: Literal["done", "refused", "traceback", "killed", "not struck"]
    said: str


def in_a_child(work: Callable[[], object]) -> Outcome:
    """What comes of this in a process of its own."""
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the child uses no thread of the test runner
        child = os.fork()
    if child == 0:
        try:
            os.write(writer, _how_it_ended(work).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    return Outcome(**json.loads(told)) if told else Outcome("killed", "")


def _how_it_ended(work: Callable[[], object]) -> str:
    try:
        work()
    except _NotStruckError:
        outcome = Outcome("not struck", "")
    except ProblemsFound as found:
        outcome = Outcome("refused", str(found))
    except BaseException:  # noqa: BLE001 - the child must not return into the test runner
        outcome = Outcome("traceback", traceback.format_exc())
    else:
        outcome = Outcome("done", "")
    return json.dumps(asdict(outcome))


class _NotStruckError(Exception):
    pass


def struck(work: Callable[[], object], directory: Path, call: int, blow: Blow) -> Outcome:
    """What comes of it where this happens at the `call`-th change below `directory`.

    Where there are not so many, it is done as if nothing had happened, and the outcome says so.
    """
    seen = 0

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        # A link's first argument is what it leads to, its second one where it is.
        if event not in _CHANGES or not any(str(path).startswith(str(directory)) for path in arguments[:2]):
            return
        if event == "open" and not int(str(arguments[2])) & _CHANGING_FLAGS:
            return
        seen += 1
        if seen == call and blow == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if seen == call or (seen > call and blow == "every call fails from there on"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(arguments[0]))

    def install_and_work() -> None:
        sys.addaudithook(hook)
        work()
        if seen < call:
            raise _NotStruckError

    return in_a_child(install_and_work)


def as_nobody(work: Callable[[], object]) -> Outcome:
    """What comes of this in a process without privileges."""

    def drop_and_work() -> None:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        work()

    return in_a_child(drop_and_work)
