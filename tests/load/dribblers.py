"""Clients that send their heads one byte at a time, in a process of their own."""

from __future__ import annotations

import selectors
import socket
import ssl
import sys
from collections import Counter
from time import monotonic

from tests.load.programs import say

_BYTE_EACH_SECONDS = 0.5
_PATIENCE_SECONDS = 60.0
_HEAD = b"GET /small HTTP/1.1\r\nHost: site.test\r\nX-Slow: " + b"s" * 10_000


class Dribbler:
    """One connection over TLS that never finishes its head."""

    def __init__(self, place: tuple[str, int], context: ssl.SSLContext) -> None:
        raw = socket.create_connection(place, timeout=_PATIENCE_SECONDS)
        self.sock = context.wrap_socket(raw, server_hostname="site.test", suppress_ragged_eofs=False)
        self.sock.setblocking(False)
        self.began = monotonic()
        self.sent = 0
        self.received = b""
        self.ended = 0.0
        self.send()

    def send(self) -> None:
        """One more byte."""
        try:
            self.sent += self.sock.send(_HEAD[self.sent : self.sent + 1])
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        except OSError:
            self.ended = self.ended or monotonic()

    def receive(self) -> None:
        """What there is, and perhaps the end."""
        try:
            more = self.sock.recv(65536)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return
        except OSError:
            more = b""
        self.received += more
        if not more or self.received.endswith(b"</html>\n"):
            self.ended = monotonic()

    @property
    def outcome(self) -> str:
        """The status it got."""
        return self.received[9:12].decode() or ("no answer" if self.ended else "still open")


def dribble(dribblers: list[Dribbler], until: float) -> None:
    """Send on all that are open, until all have ended or the time is over."""
    with selectors.DefaultSelector() as selector:
        for dribbler in dribblers:
            selector.register(dribbler.sock, selectors.EVENT_READ, dribbler)
        due = monotonic() + _BYTE_EACH_SECONDS
        while selector.get_map() and monotonic() < until:
            for key, _ in selector.select(max(0.0, due - monotonic())):
                key.data.receive()
                if key.data.ended:
                    selector.unregister(key.data.sock)
                    key.data.sock.close()
            if monotonic() >= due:
                due += _BYTE_EACH_SECONDS
                for key in list(selector.get_map().values()):
                    key.data.send()


def begin() -> None:
    """HOST PORT ROOT COUNT."""
    host, port, root, count = sys.argv[1:]
    context = ssl.create_default_context(cafile=root)
    dribblers = [Dribbler((host, int(port)), context) for _ in range(int(count))]
    say(open=sum(not dribbler.ended for dribbler in dribblers))
    dribble(dribblers, monotonic() + _PATIENCE_SECONDS)
    ended = [dribbler.ended - dribbler.began for dribbler in dribblers if dribbler.ended]
    say(
        outcomes=Counter(dribbler.outcome for dribbler in dribblers),
        longest=round(max(ended, default=0), 2),
        bytes_sent=sum(dribbler.sent for dribbler in dribblers),
    )


if __name__ == "__main__":
    begin()
