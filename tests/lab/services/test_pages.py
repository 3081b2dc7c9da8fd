from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.lab.conftest import Inside


@pytest.mark.parametrize(
    "service",
    [
        "/Reach/sip.svc",
        "/LocationInformation/LIService.svc",
        "/CertProv/CertProvisioningService.svc",
        "/Mcx/McxService.svc",
    ],
)
def test_a_service_wants_a_web_ticket_and_describes_itself_to_everybody(inside: Inside, service: str) -> None:
    answer = inside.connect().request("POST", service, body=b"<Request/>")
    assert answer.status == 401
    assert answer.fields.get("X-MS-WebTicketURL").endswith("/WebTicket/WebTicketService.svc")
    assert "wsdl" in inside.connect().request("GET", f"{service}/mex").text
