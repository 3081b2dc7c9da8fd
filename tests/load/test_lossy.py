"""Over a network that loses one packet in twenty and resets connections: late or refused, and never wrong."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from tests.load.programs import Program
from tests.load.sizes import LOSSY_SECONDS

PERCENT = 5
PATIENCE_SECONDS = 180.0
MISSING = [
    name for name in ("unshare", "nft", "ip") if shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin") is None
]


def why_not() -> str:
    """Why no network namespace can be made here; empty where one can."""
    if MISSING:
        return f"install {', '.join(MISSING)} (Debian: util-linux, nftables, iproute2)"
    rules = subprocess.run(
        ["unshare", "--net", "nft", "add", "table", "inet", "probe"], capture_output=True, text=True, check=False
    )
    return f"no network namespace with nftables: {rules.stderr.strip()}" if rules.returncode else ""


def test_a_network_that_loses_packets_makes_nothing_wrong() -> None:
    if reason := why_not():
        pytest.skip(f"THE PROOF UNDER PACKET LOSS DID NOT RUN: {reason}")
    with Program("lossy", PERCENT, LOSSY_SECONDS, within=("unshare", "--net")) as program:
        told = program.hear(PATIENCE_SECONDS)
    print(told)
    assert told["wrong"] == []
    assert told["outcomes"].get("200"), "nothing ever came through: this proves nothing"
    assert told["status_afterwards"] == 200
    assert told["legs_seen"]["first"] <= told["legs_sent"]["first"]
    assert told["legs_seen"]["last"] <= told["legs_sent"]["last"]
    assert told["legs_seen"]["stray"] == 0
