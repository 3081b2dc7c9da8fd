"""Sites with Windows logins, and the proxies of `peers` in front of them, for `ntlm-check`."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgehead.lab.deployment import Deployment
from bridgehead.lab.publication import Publication
from bridgehead.lab.web_server import WebServer
from bridgehead.verify.credentials import User
from bridgehead.verify.isolation.run import check_isolation
from bridgehead.verify.isolation.stage import Limits, Means
from bridgehead.verify.isolation.target import Target, target_of
from tests.end_to_end.free_port import free_port
from tests.interop import peers
from tests.interop.apache import NAME, Apache
from tests.verify.isolation.surroundings import PROTECTED, TicketSite, with_ticket

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bridgehead.lab.authority import LabAuthority
    from bridgehead.lab.users import User as LabUser
    from bridgehead.verify.isolation.report import IsolationReport

LIMITS = Limits(rounds=2)


@dataclass(frozen=True)
class Behind:
    """A site, and what it lets the test do."""

    site: peers.Site
    users: tuple[User, ...]
    means: Means
    names: Publication


@contextlib.contextmanager
def laboratory(directory: Path, users: tuple[LabUser, ...]) -> Iterator[Behind]:
    """A Front End Server's address book: NTLM, Negotiate, and tickets that log in with one leg."""
    names = Publication(https_port=free_port(), http_port=free_port())
    with Deployment(directory, names, users) as deployment:
        plain = deployment.front_ends[0].plain
        assert plain is not None
        server = WebServer("tickets", TicketSite(plain.application, directory / "users"))
        deployment.call(server.start)

        def cut() -> None:
            for number in server.open_connections():
                deployment.reset(server, number)

        try:
            means = Means(post_path=PROTECTED, cut=cut, direct=_direct(names, server.port))
            yield Behind(peers.Site(server.port), tuple(map(with_ticket, _pair(users))), means, names)
        finally:
            deployment.call(server.close)


@contextlib.contextmanager
def apache(users: tuple[LabUser, ...], authority: LabAuthority) -> Iterator[Behind]:
    """Apache with mod_auth_gssapi and gss-ntlmssp, over TLS."""
    names = Publication(https_port=free_port(), http_port=free_port())
    with Apache(users, authority) as server:
        means = Means(direct=_direct(names, server.plain))
        yield Behind(peers.Site(server.tls, NAME), _pair(users), means, names)


def checked(peer: peers.Peer, behind: Behind, directory: Path, authority: LabAuthority) -> IsolationReport:
    """What ntlm-check says of a proxy in front of a site."""
    names = behind.names
    fronts = peers.Fronts(names.https_port, names.http_port, names.public_names)
    with peers.running(peer, fronts, behind.site, authority):
        trust = authority.write_root(directory, "outside")
        target = target_of(names.url(names.web, PROTECTED), connect_to=peers.LOOPBACK, trust=trust)
        return check_isolation(target, behind.users, limits=LIMITS, means=behind.means)


def _direct(names: Publication, port: int) -> Target:
    """The page without the proxy."""
    url = f"http://{names.authority(names.web, 'http')}{PROTECTED}"
    return target_of(url, connect_to=f"{peers.LOOPBACK}:{port}")


def _pair(users: tuple[LabUser, ...]) -> tuple[User, ...]:
    return tuple(User(user.account, user.password) for user in users[:2])
