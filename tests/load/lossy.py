"""A program for a network namespace of its own: two sites behind the proxy, over a network that loses packets.

What goes to and from the sites is lost by chance, and sometimes answered with a reset; what goes to and from the
clients is not. Ends with one JSON line: what came of every exchange, and what the sites saw.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import threading
import zlib
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import trustme

from bridgehead.lab.http_client import AnswerBroken, HttpConnection
from tests.load.load_site import PIECE
from tests.load.programs import say
from tests.load.published import connect, first_leg, published, running_site, send_last_leg

if TYPE_CHECKING:
    from tests.load.published import Site
    from tests.proxy.wire import Proxy

CLIENTS = 12
ANSWER_BYTES = 200_000
RECOVERY_SECONDS = 2.0
_PATIENCE_SECONDS = 30.0

_RULES = """
table inet lossy {{
    chain out {{
        type filter hook output priority 0;
        tcp dport {{ {ports} }} meta l4proto tcp numgen random mod 300 == 0 reject with tcp reset
        tcp dport {{ {ports} }} numgen random mod 100 < {percent} drop
        tcp sport {{ {ports} }} numgen random mod 100 < {percent} drop
    }}
}}
"""


def lose(sites: list[Site], percent: int) -> None:
    """From now on, so many of a hundred packets of each direction; one of 300 is answered with a reset."""
    ports = ", ".join(str(site.port) for site in sites)
    subprocess.run(["nft", "-f", "-"], input=_RULES.format(ports=ports, percent=percent), text=True, check=True)


def recover() -> None:
    """Lose nothing any more."""
    subprocess.run(["nft", "flush", "ruleset"], check=True)


class Client(threading.Thread):
    """Asks, downloads, uploads and logs in, and notes what came of it."""

    def __init__(self, proxy: Proxy, number: int, over: threading.Event) -> None:
        super().__init__()
        self.outcomes: Counter[str] = Counter()
        self.legs_sent: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._proxy = proxy
        self._over = over
        self._random = random.Random(number)
        self._kinds = [self._ask, self._download, self._upload, self._log_in]

    def run(self) -> None:
        """Until it is over."""
        while not self._over.is_set():
            kind = self._random.choice(self._kinds)
            try:
                with connect(self._proxy, None, timeout=_PATIENCE_SECONDS) as client:
                    outcome = kind(client)
            except (AnswerBroken, ConnectionError):
                outcome = "broken"
            except TimeoutError:
                outcome = "no answer in time"
            self.outcomes[outcome] += 1

    def _ask(self, client: HttpConnection) -> str:
        answer = client.request("GET", "/small")
        return self._judge(answer.status, answer.body == b"s" * 1024)

    def _download(self, client: HttpConnection) -> str:
        target = self._random.choice(("/bytes", "/chunks"))
        answer = client.request("GET", f"{target}/{ANSWER_BYTES}")
        return self._judge(answer.status, answer.body == (PIECE * 4)[:ANSWER_BYTES])

    def _upload(self, client: HttpConnection) -> str:
        answer = client.request("POST", "/upload", body=PIECE)
        whole = {"length": len(PIECE), "crc": zlib.crc32(PIECE)}
        return self._judge(answer.status, answer.status == 200 and json.loads(answer.body) == whole)

    def _log_in(self, client: HttpConnection) -> str:
        user = f"user{self._random.randrange(10**6)}"
        self.legs_sent["first"] += 1
        status = first_leg(client, user)
        if status != 401:
            return self._judge(status, whole=False)
        self.legs_sent["last"] += 1
        answer = send_last_leg(client, user)
        return self._judge(answer.status, answer.status == 200 and json.loads(answer.body)["user"] == user)

    def _judge(self, status: int, whole: bool) -> str:
        if status == 200 and not whole:
            self.wrong.append("an answer that is not the whole one was presented as whole")
        elif status not in (200, 502, 503, 504):
            self.wrong.append(f"status {status}")
        return str(status)


def suffer(proxy: Proxy, sites: list[Site], percent: int, seconds: float) -> dict[str, object]:
    """Let clients come while packets are lost; what came of it."""
    over = threading.Event()
    clients = [Client(proxy, number, over) for number in range(CLIENTS)]
    lose(sites, percent)
    for client in clients:
        client.start()
    over.wait(seconds)
    over.set()
    recover()
    began = monotonic()
    with connect(proxy, None, timeout=RECOVERY_SECONDS) as after:
        status = after.request("GET", "/small").status
    recovered = monotonic() - began
    for client in clients:
        client.join()
    outcomes: Counter[str] = Counter()
    legs: Counter[str] = Counter()
    for client in clients:
        outcomes += client.outcomes
        legs += client.legs_sent
    figures = [site.figures() for site in sites]
    return {
        "outcomes": outcomes,
        "wrong": [fault for client in clients for fault in client.wrong],
        "status_afterwards": status,
        "recovered_seconds": round(recovered, 3),
        "legs_sent": legs,
        "legs_seen": {leg: sum(seen[f"{leg}_legs"] for seen in figures) for leg in ("first", "last", "stray")},
    }


def begin() -> None:
    """PERCENT SECONDS. The namespace is ours: `unshare --net` has made it."""
    percent, seconds = int(sys.argv[1]), float(sys.argv[2])
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    authority = trustme.CA()
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        sites = [stack.enter_context(running_site(directory, authority)) for _ in range(2)]
        proxy = stack.enter_context(published(directory, authority, *sites, pool={"response_seconds": 20.0}))
        say(**suffer(proxy, sites, percent, seconds))


if __name__ == "__main__":
    begin()
