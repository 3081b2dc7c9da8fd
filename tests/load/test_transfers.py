"""Bodies of any size pass through one worker in constant memory, however slowly they are read."""

from __future__ import annotations

import json
import threading
import zlib
from typing import TYPE_CHECKING

import pytest

from tests.load.figures import figures_of, forget_peak
from tests.load.load_site import PAUSE_SECONDS, PIECE
from tests.load.published import connect, only_worker, published, running_site
from tests.load.sizes import MIB, TRANSFER_BYTES
from tests.proxy.conftest import authority  # noqa: F401 - the wire kit's fixture

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import trustme

    from tests.proxy.wire import Proxy

GROWTH_ALLOWED = 30 * MIB
PAUSES = 8
"""How often the reader stops in the course of one body, long enough for all between it and the sender to fill."""


@pytest.fixture
def proxy(tmp_path: Path, authority: trustme.CA) -> Iterator[Proxy]:  # noqa: F811 - the fixture
    with running_site(tmp_path, authority) as site, published(tmp_path, authority, site) as running:
        yield running


class Growth:
    """How far a worker's resident memory rises at its highest, from the moment this is made."""

    def __init__(self, proxy: Proxy) -> None:
        self._pid = only_worker(proxy)
        forget_peak(self._pid)
        self._before = figures_of(self._pid).resident

    def is_small(self) -> None:
        grown = figures_of(self._pid).peak - self._before
        print(f"{TRANSFER_BYTES // MIB} MiB: the worker grew by {grown / MIB:.1f} MiB")
        assert grown < GROWTH_ALLOWED


def pattern(length: int) -> Iterator[bytes]:
    while length:
        piece = PIECE[:length]
        length -= len(piece)
        yield piece


def checksum(length: int) -> int:
    crc = 0
    for piece in pattern(length):
        crc = zlib.crc32(piece, crc)
    return crc


class SlowReader:
    """Takes a body, and stops now and then."""

    def __init__(self, length: int) -> None:
        self.length = 0
        self.crc = 0
        self._step = length // PAUSES
        self._next = self._step
        self._clock = threading.Event()

    def take(self, piece: bytes) -> None:
        self.length += len(piece)
        self.crc = zlib.crc32(piece, self.crc)
        if self.length >= self._next:
            self._next += self._step
            self._clock.wait(PAUSE_SECONDS)


@pytest.mark.parametrize("framing", ["bytes", "chunks"])
def test_a_large_answer_takes_no_memory(proxy: Proxy, framing: str) -> None:
    with connect(proxy, proxy.client_context()) as client:
        client.request("GET", f"/{framing}/{MIB}")  # what one body of any size takes is taken now
        growth, reader = Growth(proxy), SlowReader(TRANSFER_BYTES)
        assert client.request("GET", f"/{framing}/{TRANSFER_BYTES}", sink=reader.take).status == 200
    assert (reader.length, reader.crc) == (TRANSFER_BYTES, checksum(TRANSFER_BYTES))
    growth.is_small()


@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_a_large_upload_takes_no_memory(proxy: Proxy, framing: str) -> None:
    fields = {"Content-Length": str(TRANSFER_BYTES)} if framing == "length" else {}
    with connect(proxy, proxy.client_context()) as client:
        client.request("POST", "/upload", body=PIECE * (MIB // len(PIECE)))
        growth = Growth(proxy)
        step = TRANSFER_BYTES // PAUSES
        answer = client.request("POST", f"/upload/{step}", body=pattern(TRANSFER_BYTES), fields=fields)
    assert json.loads(answer.body) == {"length": TRANSFER_BYTES, "crc": checksum(TRANSFER_BYTES)}
    growth.is_small()
