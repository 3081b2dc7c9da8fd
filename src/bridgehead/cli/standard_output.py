"""What a command says may have no place to go: a full disk, or a terminal that knows ASCII alone."""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bridgehead.cli.messages import print_problems
from bridgehead.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator


_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


@contextmanager
def standard_output() -> Iterator[None]:
    """Characters that the output cannot have are escaped; where it takes no more, the command ends with 2."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        # One about a file of a command names it, and is told by the command.
        if error.errno not in _FULL or error.filename is not None:
            raise
        _leave_unsaid()
        message = f"The output cannot be written: {error.strerror}."
        hint = "What the command did apart from that is done. Is the disk full?"
        print_problems([Problem("output.unwritable", "standard output", message, hint)])
        sys.exit(2)


def _leave_unsaid() -> None:
    """Otherwise Python would try once more when it ends, and fail in its own words."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stdout.fileno())
    os.close(nothing)
