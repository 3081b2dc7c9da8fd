"""Why each rule exists, with the document that asks for it. The one place for these sentences."""

from __future__ import annotations

from bridgehead.planning import documents
from bridgehead.topology.pools import Role

REQUIREMENTS = f'"{documents.REQUIREMENTS}"'
SCENARIOS = f'"{documents.SCENARIOS}"'
CERTIFICATE_REQUEST = f'"{documents.CERTIFICATE_REQUEST}"'
PORT_SUMMARY = f'"{documents.PORT_SUMMARY}"'
SIMPLE_URLS = f'"{documents.SIMPLE_URLS}"'

WEB_SERVICES: dict[Role, str] = {
    "front-end": (
        "External web services of the front-end pool: address book, distribution groups, meeting content, mobility, "
        f"device updates; all content is published by its FQDN. {REQUIREMENTS}"
    ),
    "director": (
        "External web services of the Director, which sends each user to the home pool; all content is published by "
        f"its FQDN. {REQUIREMENTS}"
    ),
    "office-web-apps": (
        "Office Web Apps shows presentations in meetings; it is a server of its own and published separately, on its "
        f"own port. {SCENARIOS}"
    ),
}

NARROWED = "The file publishes only this of the external web services."
DISCOVERY = f"Clients look for the deployment at lyncdiscover and the SIP domain. {SCENARIOS}"
DISCOVERY_OVER_HTTP = (
    "Mobile clients may ask for discovery without TLS; the file accepts that this is not encrypted. Nobody can "
    f"authenticate here. {SCENARIOS}"
)
MEET = f"Meetings of this SIP domain are joined here: its active meet URL. {SIMPLE_URLS}"
MEET_OLDER = f"Invitations sent before the meet URL changed still lead here. {SIMPLE_URLS}"
DIALIN = f"Dial-in conferencing: access numbers and PINs. {SIMPLE_URLS}"
DIALIN_OLDER = f"Invitations sent before the dial-in URL changed still lead here. {SIMPLE_URLS}"
ADMIN = f"The admin simple URL is internal to the organisation. {SIMPLE_URLS}"
SITE = f"The file publishes this site by host and path. {REQUIREMENTS}"
EXCHANGE = (
    f"Exchange stands beside Lync: its Autodiscover and web services need rules of their own. {CERTIFICATE_REQUEST}"
)
RELAY = f"The file says that this site keeps its own TLS; the proxy may decrypt, and here does not. {REQUIREMENTS}"
REDIRECTED = f"Port 80 leads people who typed http:// to https; nothing is served without TLS. {PORT_SUMMARY}"
TLS_REQUIRED = f"TLS is required here. {REQUIREMENTS}"
LOGIN = f"The file has clients log in to the proxy before anything goes inside. {REQUIREMENTS}"
WITHOUT_TLS = "The file serves this without TLS too."
CLOSED = {
    "/Cscp": (
        "The Control Panel is internal by design and administers the deployment; open_directories would publish it."
    ),
    "/OcsPowerShell": (
        "Remote PowerShell is internal by design and administers the deployment; open_directories would publish it."
    ),
}
REFUSED_BY_FILE = "The file leaves this out of what it publishes."
