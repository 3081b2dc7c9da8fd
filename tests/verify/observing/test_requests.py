from __future__ import annotations

import socket

from bridgehead.verify.observing.questions import Conversation, Say
from tests.verify.strange import Strange, answering, look_at


def said(data: bytes) -> Conversation:
    with Strange(answering(data)) as server:
        return look_at()(Say("webext.contoso.com", server.port, b"GET / HTTP/1.1\r\n\r\n", tls=False))


def test_every_answer_on_a_connection_is_counted() -> None:
    two = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
    conversation = said(two)
    assert conversation.statuses == (200, 404)
    assert not conversation.closed


def test_a_connection_that_is_closed_without_a_word_is_told() -> None:
    with Strange(socket.socket.close) as server:
        conversation = look_at()(Say("webext.contoso.com", server.port, b"\r\n", tls=False))
    assert (conversation.statuses, conversation.closed) == ((), True)
