from __future__ import annotations

import hashlib
import json
import socket
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from bridgehead.verify.observing.questions import Upload
from bridgehead.verify.observing.upload import pieces
from tests.verify.strange import HASTE, Strange, look_at

if TYPE_CHECKING:
    from tests.verify.published import Published

SIZE = 3_000_000
PATIENT = replace(HASTE, answer_seconds=20.0, upload_seconds=60.0, interim_seconds=20.0)


def digest(size: int) -> str:
    whole = hashlib.sha256()
    for piece in pieces(size):
        whole.update(piece)
    return whole.hexdigest()


def test_bodies_arrive_whole_by_length_by_chunks_and_after_100(published: Published) -> None:
    url = published.names.url(published.names.web, "/DataCollabWeb/upload")
    look = look_at(published.root, patience=PATIENT)
    for how in ({}, {"chunked": True}, {"expect_continue": True}):
        answer = look(Upload(url, SIZE, **how))  # type: ignore[arg-type]
        assert json.loads(answer.body) == {"bytes": SIZE, "sha256": digest(SIZE)}
        assert answer.sent_bytes == SIZE
    assert look(Upload(url, SIZE, expect_continue=True)).interim == (100,)


def refusing(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    # Reading on keeps the answer from being lost to a reset, as careful servers do.
    while connection.recv(65536):
        pass


def test_a_refusal_ends_the_upload_before_its_end() -> None:
    with Strange(refusing) as server:
        answer = look_at(patience=PATIENT)(Upload(f"http://webext.contoso.com:{server.port}/", 200_000_000))
    assert answer.status == 413
    assert answer.sent_bytes < 200_000_000


def test_a_server_that_never_reads_is_not_waited_for_without_end() -> None:
    def stuck(connection: socket.socket) -> None:
        connection.recv(1)
        waiting.wait(20)

    waiting = threading.Event()
    with Strange(stuck) as server:
        answer = look_at()(Upload(f"http://webext.contoso.com:{server.port}/", 50_000_000))
        waiting.set()
    assert answer.failure is not None
    assert answer.failure.kind == "timed-out"
