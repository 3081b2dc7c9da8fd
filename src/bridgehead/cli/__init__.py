"""The command line: parses, calls, prints."""

from __future__ import annotations

import sys

from bridgehead.cli.openssl_settings import use_own_settings

use_own_settings()

# ruff: noqa: E402 - OpenSSL reads its settings when the first of these loads it
from bridgehead.cli.commands import app
from bridgehead.cli.messages import FoundWrong, exit_status, print_problems
from bridgehead.cli.standard_output import standard_output
from bridgehead.problems import ProblemsFound


def main() -> None:
    """Run the command that the arguments name, and exit with its status.

    0: all is well. 1: something was found wrong. 2: the command was used wrong or could not run.
    """
    try:
        with standard_output():
            app()
    except ProblemsFound as found:
        print_problems(found.problems)
        sys.exit(exit_status(found.problems, ended_it=not isinstance(found, FoundWrong)))
    except Exception:  # noqa: BLE001 - a fault of ours; Python's own status for it, 1, would say that it ran
        sys.excepthook(*sys.exc_info())
        sys.exit(2)
