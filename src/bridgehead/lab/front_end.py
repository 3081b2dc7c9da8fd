"""A Front End Server: meetings, content, UCWA and device update, beside what every Lync web site has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.lab.lync_site import lync_site
from bridgehead.lab.services.device_update import DeviceUpdate
from bridgehead.lab.services.meeting_content import MeetingContent
from bridgehead.lab.services.pages import WebAppAndScheduler
from bridgehead.lab.services.ucwa import Ucwa

if TYPE_CHECKING:
    from pathlib import Path

    from bridgehead.lab.services.context import Context
    from bridgehead.lab.services.ucwa import UcwaApplications
    from bridgehead.lab.site import Site


def front_end_site(context: Context, applications: UcwaApplications, store: Path) -> Site:
    """A site with every service of a front-end pool; `context.identity` says whether it is the external one."""
    services = (
        MeetingContent(),
        DeviceUpdate(context),
        WebAppAndScheduler(context),
        Ucwa(context, applications),
    )
    return lync_site(context, store, [directory for service in services for directory in service.directories()])
