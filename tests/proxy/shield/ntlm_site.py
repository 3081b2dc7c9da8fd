"""A site that asks for NTLM, and clients that try passwords there. Its own last words stand for the proof."""

from __future__ import annotations

import base64
import struct
import threading
from collections import Counter
from typing import TYPE_CHECKING

from tests.proxy.wire import OK, Peer, fields_of, status_of

if TYPE_CHECKING:
    from collections.abc import Callable

TYPE_1 = base64.b64encode(b"NTLMSSP\0\x01\0\0\0" + bytes(24))
TYPE_2 = base64.b64encode(b"NTLMSSP\0\x02\0\0\0" + bytes(40))
ASKS = b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: NTLM%b\r\nContent-Length: 2\r\n\r\nno"
RIGHT = "right"


def type_3(user: str, password: str, domain: str = "CONTOSO") -> bytes:
    """A last message; where its response would be, the password is."""
    parts = [part.encode("utf-16-le") for part in (password, domain, user, "")]
    buffers, payload = b"", b""
    for part in (b"", *parts, b""):
        buffers += struct.pack("<HHI", len(part), len(part), 64 + len(payload))
        payload += part
    return base64.b64encode(b"NTLMSSP\0\x03\0\0\0" + buffers + struct.pack("<I", 1) + payload)


def tried_in(token: bytes) -> tuple[str, str] | None:
    """The user and the password of a last message."""
    message = base64.b64decode(token)
    if message[8] != 3:
        return None
    texts = []
    for at in (36, 20):
        length, _, begin = struct.unpack_from("<HHI", message, at)
        texts.append(message[begin : begin + length].decode("utf-16-le"))
    return texts[0], texts[1]


class NtlmSite:
    """Counts the passwords that reach it. `/open` is open to everybody; `hold` keeps answers back."""

    def __init__(self) -> None:
        self.failed: Counter[str] = Counter()
        self.succeeded: Counter[str] = Counter()
        self.together = 0
        """Most attempts that were open at once."""
        self.hold = threading.Event()
        self.hold.set()
        self.waiting = threading.Semaphore(0)
        """Released for each attempt that came."""
        self._open = 0
        self._lock = threading.Lock()

    def script(self, peer: Peer) -> None:
        while True:
            request = peer.read_message()
            peer.send(self._answer(request))

    def _answer(self, request: bytes) -> bytes:
        if b" /open" in request.partition(b"\r\n")[0]:
            return OK
        credential = b"".join(fields_of(request, b"Authorization"))
        scheme, _, token = credential.partition(b" ")
        if scheme == b"Basic":
            user, _, password = base64.b64decode(token).decode().partition(":")
            return self._judge(user, password)
        if scheme != b"NTLM":
            return ASKS % b""
        tried = tried_in(token)
        return ASKS % (b" " + TYPE_2) if tried is None else self._judge(*tried)

    def _judge(self, user: str, password: str) -> bytes:
        with self._lock:
            self._open += 1
            self.together = max(self.together, self._open)
        self.waiting.release()
        self.hold.wait(15)
        with self._lock:
            self._open -= 1
            (self.succeeded if password == RIGHT else self.failed)[user.lower()] += 1
        return OK if password == RIGHT else ASKS % b""


def asking(path: str, credential: bytes = b"") -> bytes:
    line = b"Authorization: " + credential + b"\r\n" if credential else b""
    return b"GET " + path.encode() + b" HTTP/1.1\r\nHost: site.test\r\n" + line + b"\r\n"


def log_in(client: Peer, user: str, password: str, path: str = "/") -> bytes:
    """NTLM from its first leg to its last; the answer to the last."""
    first = client.request(asking(path, b"NTLM " + TYPE_1))
    assert status_of(first) == 401, first
    return client.request(asking(path, b"NTLM " + type_3(user, password)))


def basic(user: str, password: str) -> bytes:
    return b"Basic " + base64.b64encode(f"{user}:{password}".encode())


def at_once(count: int, work: Callable[[int], bytes]) -> list[bytes]:
    """The answers of as many clients as were asked for, all at the same time."""
    answers: list[bytes] = [b""] * count
    together = threading.Barrier(count)

    def one(number: int) -> None:
        together.wait(15)
        answers[number] = work(number)

    threads = [threading.Thread(target=one, args=(number,), daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers
