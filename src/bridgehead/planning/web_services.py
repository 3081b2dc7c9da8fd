"""The external web services of a Lync pool by directory: what each is for, and who notices when it is missing."""

from __future__ import annotations

from typing import NamedTuple


class WebService(NamedTuple):
    """A virtual directory of the external web site."""

    directory: str
    what: str
    who: str


WEB_SERVICES = (
    WebService("/Autodiscover", "discovery", "Lync Mobile, the Windows Store app and Lync 2013 do not find the pool"),
    WebService("/WebTicket", "web tickets", "every client: no external web service lets anyone sign in"),
    WebService("/ucwa", "mobility (UCWA)", "Lync Mobile 2013 and the web client do not sign in"),
    WebService("/Mcx", "mobility of Lync 2010 (Mcx)", "Lync Mobile 2010 does not sign in"),
    WebService("/Reach", "the web client's broker", "Lync Web App does not join meetings"),
    WebService("/lwa", "Lync Web App", "guests without a client do not join meetings"),
    WebService("/Meet", "the meeting page", "nobody opens an invitation at the pool's own name"),
    WebService("/Dialin", "the dial-in page", "nobody sees access numbers or sets a PIN at the pool's own name"),
    WebService("/Scheduler", "the web scheduler", "nobody schedules meetings in a browser"),
    WebService("/abs", "the address book", "Lync 2013 outside cannot search or download the address book"),
    WebService("/GroupExpansion", "distribution groups", "Lync 2013 outside cannot expand distribution groups"),
    WebService("/CertProv", "client certificates", "Lync 2013 outside asks for the password again and again"),
    WebService("/CollabContent", "meeting content", "files shared in meetings do not open"),
    WebService("/DataCollabWeb", "whiteboards, slides and polls", "presentations in meetings stay empty"),
    WebService("/RequestHandlerExt", "device updates", "Lync Phone Edition outside gets no updates"),
    WebService("/LocationInformation", "location information", "clients outside do not learn their location"),
    WebService("/RgsClients", "response group agents", "agents outside cannot sign in to their groups"),
    WebService("/PersistentChat", "persistent chat rooms", "members outside cannot manage rooms"),
)
"""From the URLs that `Get-CsService -WebServer` shows."""
