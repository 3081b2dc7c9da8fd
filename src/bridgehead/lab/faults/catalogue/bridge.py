"""The bridge: where requests go, and what of them arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.lab.faults.fault import Fault
from bridgehead.lab.faults.manners import Manners
from bridgehead.lab.messages import Response
from bridgehead.lab.services.autodiscover import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgehead.lab.messages import Request

_PORTAL = "https://portal.fabrikam.example/"


def _of_lync(request: Request) -> bool:
    """Whether a request over TLS is for Lync's own sites."""
    return request.secure and not request.host.startswith(("officewebapps", "mail"))


def _host(value: str) -> Callable[[Request], str]:
    return lambda request: value if _of_lync(request) else request.fields.get("Host")


def _host_with_port(request: Request) -> str:
    return f"{request.host}:4443" if _of_lync(request) else request.fields.get("Host")


def _host_of_the_pool(request: Request) -> str:
    host = request.fields.get("Host")
    return f"webext.contoso.localhost:{request.port}" if _of_lync(request) else host


def _redirected(applies: Callable[[Request], bool], location: str, status: int = 302) -> Manners:
    def answer(request: Request) -> Response | None:
        if not applies(request):
            return None
        return Response(status, b"<h1>Moved</h1>", fields=[("Location", location)])

    return Manners(answers=answer)


def _is_discovery(request: Request) -> bool:
    return request.host.startswith("lyncdiscover.")


def _inside_for(prefix: str) -> Manners:
    return Manners(inside=lambda request: request.path.lower().startswith(prefix))


def _refused_without_tls(request: Request) -> Response | None:
    return Response(404, b"<h1>Not Found</h1>") if _is_discovery(request) and not request.secure else None


def _links(old: bytes, new: bytes) -> Callable[[Request, Response], Response]:
    """Discovery documents with other links."""

    def change(request: Request, response: Response) -> Response:
        if (request.path == "/" or request.path.startswith(ROOT)) and isinstance(response.body, bytes):
            response.body = response.body.replace(old, new)
        return response

    return change


FAULTS = (
    Fault("bridged-to-443", "Requests go to the internal web site, on port 443.", Manners(inside=_of_lync)),
    Fault("host-rewritten", "Host becomes the server's own name.", Manners(host=_host("fe01.contoso.internal"))),
    Fault("host-with-port", "Host gets the port 4443.", Manners(host=_host_with_port)),
    Fault("host-of-the-pool", "Host becomes the pool's name, whatever was asked for.", Manners(host=_host_of_the_pool)),
    Fault(
        "discovery-redirected",
        "lyncdiscover is redirected into another domain.",
        _redirected(lambda request: request.secure and _is_discovery(request), "https://lync.fabrikam.example/"),
    ),
    Fault(
        "discovery-redirected-without-tls",
        "Port 80 of lyncdiscover is redirected into another domain.",
        _redirected(lambda request: not request.secure and _is_discovery(request), "https://www.fabrikam.example/"),
    ),
    Fault(
        "discovery-refused-without-tls",
        "Port 80 has no rule for lyncdiscover.",
        Manners(answers=_refused_without_tls),
    ),
    Fault("discovery-over-tls-alone", "Port 80 is bridged to 4443.", Manners(tls_for_plain=True)),
    Fault("port-80-closed", "Nothing listens on port 80.", without_http=True),
    Fault(
        "redirected-to-another-host",
        "Requests without TLS are redirected to another host.",
        Manners(leads_to_https=lambda _: _PORTAL),
    ),
    Fault("control-panel-open", "/Cscp is published, from the internal web site.", _inside_for("/cscp")),
    Fault("powershell-open", "/OcsPowerShell is published, from the internal web site.", _inside_for("/ocspowershell")),
    Fault(
        "links-internal",
        "The servers have no external web services FQDN of their own: links are on the pool's internal name.",
        site=_links(b"webext.contoso.localhost", b"pool01.contoso.internal"),
    ),
    Fault("links-without-tls", "Links of discovery are http.", site=_links(b"https://webext", b"http://webext")),
    Fault(
        "pre-authentication",
        "A form for logging in stands before every site.",
        _redirected(lambda request: request.secure, f"{_PORTAL}login?wa=wsignin1.0"),
    ),
    Fault(
        "another-site",
        "Everything leads to the default page of another web server.",
        Manners(
            answers=lambda request: Response(200, b"<title>IIS Windows Server</title>") if request.secure else None
        ),
    ),
)
