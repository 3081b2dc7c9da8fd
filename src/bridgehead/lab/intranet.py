"""A site beside the deployment that nobody reaches before logging in to the proxy: of the staff, for the staff."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Self

from bridgehead.lab.authority import write_secret
from bridgehead.lab.deployment import INSIDE
from bridgehead.lab.site import Directory, Identity, Site, echo_page
from bridgehead.lab.users import DOMAIN
from bridgehead.lab.web_server import WebServer

if TYPE_CHECKING:
    from types import TracebackType

    from bridgehead.lab.deployment import Deployment
    from bridgehead.lab.messages import Request, Response

USER_FIELD = "X-Forwarded-User"
STAFF, OTHERS = ("alice", "carol"), ("bob",)
_MACHINE = f"intranet01.{INSIDE}"
_ACCOUNTS = "accounts.toml"


class Intranet:
    """Runs on the deployment's loop while its `with` block lasts. Raises OSError where it cannot listen."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._identity = Identity(_MACHINE)
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(*deployment.inside.issue([_MACHINE]).write(deployment.directory, _MACHINE))
        site = Site(self._identity, lambda _: (Directory("/", self._page),), deployment.directory / "users")
        self._server = WebServer(_MACHINE, site, tls)

    def __enter__(self) -> Self:
        self._deployment.call(self._server.start)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._deployment.call(self._server.close)

    @property
    def public_name(self) -> str:
        """What people outside call it."""
        return self._deployment.publication.intranet

    def written(self) -> str:
        """What the proxy's file says of it; writes the accounts beside that file."""
        write_secret(self._deployment.directory / _ACCOUNTS, self._accounts().encode())
        return f"""
[accounts]                      # a file here; source = "winbind" asks a domain
source = "file"
file = "{_ACCOUNTS}"
domain = "{DOMAIN}"

[[publish]]                     # nobody reaches it before logging in to the proxy
host = "{self.public_name}"
to = {{ url = "https://{_MACHINE}:{self._server.port}", address = "127.0.0.1" }}
trust = "{self._deployment.inside_root.name}"
authentication = "ntlm"
allowed_groups = ["Staff"]
site_sees = "header"
user_header = "{USER_FIELD}"
"""

    def _accounts(self) -> str:
        people = {name: self._deployment.user(name) for name in (*STAFF, *OTHERS)}
        groups = {name: '["Staff"]' if name in STAFF else "[]" for name in people}
        return "\n".join(
            f'[users.{name}]\npassword = "{user.password}"\nmember_of = {groups[name]}\n'
            for name, user in people.items()
        )

    async def _page(self, request: Request) -> Response:
        user = request.fields.get(USER_FIELD)
        response = echo_page(request, self._identity, "Intranet", f"The proxy says that you are {user or 'nobody'}.")
        response.fields = [*response.fields, ("X-Lab-User", user)]
        return response
