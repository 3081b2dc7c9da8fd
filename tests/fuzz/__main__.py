"""Fuzz what reads strangers' bytes, guided by coverage: `python -m tests.fuzz --seconds 60`.

Each target runs in a process of its own for that long, and starts from seeds that code makes. The first input that
breaks a promise ends the run with exit status 1; it is printed, and reads back with `--replay`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.fuzz.seeds import write_seeds, write_words
from tests.fuzz.targets import LONGEST, TARGETS


def fuzz(target: str, seconds: int, directory: Path) -> bool:
    """Run one target; whether all its promises held."""
    corpus = directory / target
    corpus.mkdir(parents=True, exist_ok=True)
    write_seeds(target, corpus)
    words = directory / "words"
    write_words(words)
    fault = directory / f"{target}-"
    sys.stderr.write(f"== {target}: {seconds} seconds\n")
    options = (
        f"-max_total_time={seconds}",
        f"-dict={words}",
        f"-artifact_prefix={fault}",
        f"-max_len={LONGEST[target]}",
        "-timeout=20",
    )
    command = [sys.executable, "-m", "tests.fuzz.one", target, *options, "-print_final_stats=1", str(corpus)]
    done = subprocess.run(command, check=False)
    for found in directory.glob(f"{target}-*"):
        sys.stderr.write(f"\n{target} fails for {found.read_bytes()!r}\nAgain: --replay {found} {target}\n")
    return done.returncode == 0


def main() -> int:
    """Fuzz one after another."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []], default=[], metavar="target")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--keep", type=Path, help="keep what was found to be of interest here, and go on from it")
    parser.add_argument("--replay", type=Path, help="run one input from a file through the targets instead")
    asked = parser.parse_args()
    targets = asked.targets or list(TARGETS)
    if asked.replay is not None:
        for target in targets:
            TARGETS[target](asked.replay.read_bytes())
        return 0
    # A failing input must outlive the run, or it could not be looked at.
    directory = asked.keep or Path(tempfile.mkdtemp(prefix="bridgehead-fuzz-"))
    failures = [target for target in targets if not fuzz(target, asked.seconds, directory)]
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
