"""Services that are not published, or that answer wrongly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.lab.faults.fault import Fault
from bridgehead.lab.faults.manners import Manners
from bridgehead.lab.messages import Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgehead.lab.messages import Request

UNPUBLISHED = {
    "web-ticket": "/WebTicket",
    "address-book": "/abs",
    "group-expansion": "/GroupExpansion",
    "certificates": "/CertProv",
    "auth-broker": "/Reach",
    "meet": "/meet",
    "dialin": "/dialin",
    "location": "/LocationInformation",
    "mobility-2010": "/Mcx",
    "xframe": "/Autodiscover/XFrame",
    "mobility": "/ucwa",
    "web-app": "/lwa",
    "scheduler": "/Scheduler",
    "meeting-content": "/CollabContent",
    "whiteboards": "/DataCollabWeb",
    "device-update": "/RequestHandlerExt",
    "response-groups": "/RgsClients",
}
"""Directories of the pools' names, by what is in them: each is a fault of its own."""
_POOLS = ("webext.", "webdirext.")


def _not_found() -> Response:
    return Response(404, b"<h1>Not Found</h1><p>No rule publishes this.</p>")


def _without_directory(path: str) -> Manners:
    prefix = path.lower()
    return Manners(
        answers=lambda request: (
            _not_found()
            if request.host.startswith(_POOLS) and request.secure and request.path.lower().startswith(prefix)
            else None
        )
    )


def _without_host(beginning: str) -> Manners:
    return Manners(
        answers=lambda request: _not_found() if request.secure and request.host.startswith(beginning) else None
    )


def _office(change: Callable[[Response], Response]) -> Callable[[Request, Response], Response]:
    return lambda request, response: change(response) if request.path == "/hosting/discovery" else response


def _without_tls(response: Response) -> Response:
    assert isinstance(response.body, bytes), "the lab's document is whole"
    response.body = response.body.replace(b"https://", b"http://")
    return response


FAULTS = (
    *(
        Fault(f"{what}-unpublished", f"{path} is not published.", _without_directory(path))
        for what, path in UNPUBLISHED.items()
    ),
    Fault("meeting-page-unpublished", "The meeting host is not published.", _without_host("meet.")),
    Fault("dial-in-page-unpublished", "The dial-in host is not published.", _without_host("dialin.")),
    Fault(
        "office-to-front-ends",
        "The name of Office Web Apps leads to the Front End Servers.",
        Manners(leads_to=lambda request: request.host.replace("officewebapps01.", "webext.")),
    ),
    Fault(
        "office-without-discovery", "Office Web Apps does not show its discovery.", site=_office(lambda _: _not_found())
    ),
    Fault("office-links-without-tls", "Office Web Apps' links are http.", site=_office(_without_tls)),
)
