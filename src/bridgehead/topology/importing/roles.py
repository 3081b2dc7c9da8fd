"""Roles that have nothing to publish, and roles that nobody here knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridgehead.topology.importing.draft import Draft
    from bridgehead.topology.importing.inventory import Inventory

_TAKEN = {"WebServices", "WacService", "EdgeServer"}

_NOT_NEEDED = {
    "ApplicationServer",
    "ApplicationStore",
    "ArchivingServer",
    "ArchivingStore",
    "CentralMgmt",
    "CentralMgmtStore",
    "ConfServices",
    "ExternalServer",
    "FileStore",
    "LyssStore",
    "ManagementServices",
    "MediationServer",
    "MonitoringServer",
    "MonitoringStore",
    "PersistentChatComplianceStore",
    "PersistentChatServer",
    "PersistentChatStore",
    "ProvisionServer",
    "ProvisionServices",
    "PstnGateway",
    "Registrar",
    "SharedLineStore",
    "UserServices",
    "UserStore",
    "VideoGateway",
    "VideoInteropServer",
}
"""They speak SIP, SQL, SMB or media, with the inside alone or through an Edge Server."""


def note_roles(draft: Draft, inventory: Inventory) -> tuple[str, ...]:
    """The roles that need no publishing, each once; those that are not known get a warning."""
    seen: dict[str, int] = {}
    for service in inventory.services:
        seen.setdefault(service.role, service.line)
    for role, line in seen.items():
        if role not in _TAKEN | _NOT_NEEDED:
            draft.note(
                "import.role",
                line,
                f"The role {role or 'without a name'} was not understood, and was left out.",
                "If clients outside need something of it, write [[publish]].",
            )
    if "5" in {service.version for service in inventory.services}:
        message = "Some pools run Lync Server 2010, whose mobile clients need cookie affinity, which is not provided."
        draft.note("import.lync-2010", 1, message, "Publish pools of that version with one server each.")
    return tuple(sorted(role for role in seen if role in _NOT_NEEDED))
