"""The `bridgehead.toml` that publishes the laboratory: the file to grow one's own from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.lab.authority import LABEL

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bridgehead.lab.deployment import Deployment, LabServer
    from bridgehead.lab.intranet import Intranet
    from bridgehead.lab.publication import SimpleUrl


def write_published_file(deployment: Deployment, intranet: Intranet | None = None) -> Path:
    """Issue the proxy's certificates, RSA and ECDSA, and write the file beside them; returns its path.

    The deployment must be running, because the file names its ports; so must the intranet that it is to publish.
    """
    directory = deployment.directory
    names = (*deployment.publication.public_names, *((intranet.public_name,) if intranet is not None else ()))
    for kind in ("rsa", "ecdsa"):
        deployment.outside.issue(names, key=kind).write(directory, f"public-{kind}")
    path = directory / "bridgehead.toml"
    beside = intranet.written() if intranet is not None else ""
    path.write_text(published_file(deployment) + beside, encoding="utf-8")
    return path


def published_file(deployment: Deployment) -> str:
    """The text of the file."""
    publication = deployment.publication
    meet = _list([simple for simple in publication.simple_urls if simple.function == "meet"])
    dialin = _list([simple for simple in publication.simple_urls if simple.function == "dialin"])
    return f"""\
# {LABEL}: made by `bridgehead demo`.
# Replace names, addresses and certificates by your own.
# Leave out the servers' ports: 4443 and 8080 are the defaults, and 443 for Office Web Apps.

[[sip_domains]]
name = "{publication.sip_domain}"
discovery_over_http = true      # lyncdiscover alone, on port 80, for older mobile clients

[simple_urls]                   # the first of each is in use, the others are older ones
dialin = {dialin}

[simple_urls.meet]
"{publication.sip_domain}" = {meet}

[[pool]]
role = "front-end"
name = "pool01"
external_fqdn = "{publication.web}"
servers = {_servers(deployment.front_ends)}
trust = "{deployment.inside_root.name}"

[[pool]]
role = "director"
name = "director"
external_fqdn = "{publication.director_web}"
servers = {_servers((deployment.director,))}
trust = "{deployment.inside_root.name}"

[[pool]]
role = "office-web-apps"
name = "office"
external_fqdn = "{publication.office}"
servers = {_servers((deployment.office,))}
trust = "{deployment.inside_root.name}"

[[certificate.public]]          # RSA and ECDSA side by side: each client gets what it can use
chain = "public-rsa.pem"
key = "public-rsa.key"

[[certificate.public]]
chain = "public-ecdsa.pem"
key = "public-ecdsa.key"

[[listener]]
name = "https"
address = "127.0.0.1:{publication.https_port}"
certificate = "public"

[[listener]]
name = "http"
address = "127.0.0.1:{publication.http_port}"
tls = false

[proxy]
access_log = "access.log"
"""


def _servers(servers: Sequence[LabServer]) -> str:
    return "[\n" + "".join(f"    {_server(server)},\n" for server in servers) + "]"


def _server(server: LabServer) -> str:
    plain = f", http_port = {server.plain.port}" if server.plain else ""
    return f'{{ name = "{server.name}", address = "127.0.0.1", port = {server.external.port}{plain} }}'


def _list(simple_urls: Sequence[SimpleUrl]) -> str:
    lines = (f'    "https://{simple.host}{simple.path.rstrip("/")}",\n' for simple in simple_urls)
    return "[\n" + "".join(lines) + "]"
