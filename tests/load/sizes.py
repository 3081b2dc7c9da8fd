"""How much: a little in `make test`, all of it where LOAD=full (`make load`)."""

from __future__ import annotations

import os

FULL = os.environ.get("LOAD") == "full"

MIB = 1 << 20
TRANSFER_BYTES = 1024 * MIB if FULL else 64 * MIB
POLLERS = 5000 if FULL else 150
DRIBBLERS = 1000 if FULL else 60
DRIBBLED_HEAD_SECONDS = 10.0 if FULL else 3.0
"""The default head time-out, and a shorter one for those who wait for the test."""
VISITORS_SECONDS = 20.0 if FULL else 2.0
CHANGES = 30 if FULL else 8
ORDINARY_REQUESTS = 1200 if FULL else 200
BOUND_CONNECTIONS = 100 if FULL else 24
LOSSY_SECONDS = 20.0 if FULL else 5.0
