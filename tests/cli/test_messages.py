"""What a command's exit status says, also where the fault is the program's own."""

from __future__ import annotations

import subprocess
import sys


def test_a_fault_of_the_program_is_not_taken_for_something_that_it_found() -> None:
    program = "import bridgehead.cli as cli\ncli.app = lambda: 1 / 0\ncli.main()"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "ZeroDivisionError" in ended.stderr
