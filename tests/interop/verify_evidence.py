"""Write what `bridgehead verify` says of other proxies: `python -m tests.interop.verify_evidence docs/evidence`.

Not a test: what they do changes with their versions. Times, dates and ports are left out, so that a report differs from
the one before only where something does. `test_verify` holds what must be found.
"""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bridgehead.cli.verify_targets import targets_of_file
from bridgehead.lab.deployment import Deployment
from bridgehead.lab.publication import Publication
from bridgehead.lab.published_file import write_published_file
from bridgehead.verify.credentials import User
from bridgehead.verify.observing.network import network
from bridgehead.verify.observing.ways import Leads, Way
from bridgehead.verify.output.text import as_text
from bridgehead.verify.registry import Selection
from bridgehead.verify.run import Verification
from bridgehead.verify.targets import Scope
from tests.end_to_end.free_port import free_port
from tests.interop import lync_fronts, peers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.verify.results import Report
    from tests.interop.lync_fronts import LyncFront

FILES = {
    "verify-nginx.txt": (lync_fronts.NGINX_FRESH, lync_fronts.NGINX_KEEPALIVE),
    "verify-haproxy.txt": (lync_fronts.HAPROXY,),
    "verify-envoy.txt": (lync_fronts.ENVOY,),
    "verify-caddy.txt": (lync_fronts.CADDY, lync_fronts.CADDY_KEEPING_HOST),
}
POLL_SECONDS = 20.0
"""Longer than Envoy's default time-out for a route, 15 s."""
_TIMES = (
    (re.compile(r" \[\d+ ms\]"), ""),
    (re.compile(r"; [\d.]+ s\."), "."),
    (re.compile(r"\b(?:in|after|of) [\d.]+ s\b"), lambda found: f"{found[0].split()[0]} … s"),
    (re.compile(r", [\d.]+ s\b"), ""),
    (re.compile(r"\d{4}-\d\d-\d\d(?: \d\d:\d\d)?"), "(date)"),
    (re.compile(r"^( *\| (?:Date|Last-Modified|Expires)): .*$", re.MULTILINE), r"\1: …"),
)


@contextlib.contextmanager
def laboratory() -> Iterator[Deployment]:
    """A running laboratory, published by nobody yet."""
    with tempfile.TemporaryDirectory() as directory:
        names = Publication(https_port=free_port(), http_port=free_port())
        with Deployment(Path(directory), names) as deployment:
            write_published_file(deployment)
            yield deployment


def verified(front: LyncFront, deployment: Deployment, selection: Selection | None = None) -> Report:
    """Everything that can be seen of a proxy in front of the laboratory, with two people who log in."""
    domain = deployment.publication.sip_domain
    people = tuple(User(one.account, one.password, sip_address=one.sip_address(domain)) for one in deployment.users[:2])
    way = Way(leads=(Leads(lync_fronts.LOOPBACK),), roots=(deployment.outside_root,), users=people)
    scope = Scope(mapped=True, poll_seconds=(POLL_SECONDS,))
    with lync_fronts.publishing(front, deployment):
        targets = targets_of_file(deployment.directory / "bridgehead.toml", scope)
        return Verification(targets, network(way), front.name, selection or Selection()).report()


def without_circumstances(text: str, names: Publication) -> str:
    """A report without ports, dates and times."""
    text = re.sub(rf"(:| port ){names.https_port}\b", "", text)
    text = re.sub(rf"(:| port ){names.http_port}\b", "", text)
    for pattern, instead in _TIMES:
        text = pattern.sub(instead, text)
    return text


def version_of(peer: peers.Peer) -> str:
    """The version that a program tells."""
    done = subprocess.run([peers.program_of(peer), *peer.version], capture_output=True, text=True, check=False)
    found = re.search(r"\d+\.\d+\.\d+", f"{done.stdout}\n{done.stderr}")
    return found[0] if found else "version unknown"


def main() -> None:
    """One file for each proxy in the directory that is named; after it, words that files must contain."""
    directory, wanted = Path(sys.argv[1]), sys.argv[2:]
    directory.mkdir(parents=True, exist_ok=True)
    for name, fronts in FILES.items():
        if wanted and not any(word in name for word in wanted):
            continue
        parts = []
        for front in fronts:
            with laboratory() as deployment:
                text = without_circumstances(as_text(verified(front, deployment)), deployment.publication)
            title = f"{front.name} ({version_of(front.peer)})"
            parts.append(f"{title}\n{'=' * len(title)}\n{front.about}\n\n{text}")
        (directory / name).write_text("\n\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
