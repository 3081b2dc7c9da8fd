"""Answers that never end."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

import pytest
import requests

from bridgehead.certificates.acme.answer_limits import LARGEST, LimitedAnswers
from tests.certificates.acme.stub import stub


def limited(seconds: float) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.mount("http://", LimitedAnswers(session.get_adapter("http://"), seconds))  # type: ignore[arg-type] # as one
    return session


def test_an_answer_of_usual_size_is_read_whole() -> None:
    with stub() as authority, limited(60.0) as session:
        authority.answers["/x"] = 200, {}, "x" * 10_000
        assert session.get(f"{authority.url}/x", timeout=60).text == "x" * 10_000


def test_one_that_is_too_large_is_given_up() -> None:
    with stub() as authority, limited(60.0) as session:
        authority.answers["/x"] = 200, {}, "x" * (LARGEST + 1)
        with pytest.raises(OSError, match="larger than"):
            session.get(f"{authority.url}/x", timeout=60)


def test_one_that_drips_is_given_up() -> None:
    over = threading.Event()

    def drip(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection, suppress(OSError):
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while not over.wait(0.05):
                connection.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as listening, limited(0.3) as session:
        dripping = threading.Thread(target=drip, args=(listening,), daemon=True)
        dripping.start()
        with pytest.raises(TimeoutError, match=r"not complete after 0\.3 seconds"):
            session.get(f"http://127.0.0.1:{listening.getsockname()[1]}/", timeout=60)
        over.set()
        dripping.join()
