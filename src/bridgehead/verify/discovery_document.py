"""Discovery's answers, read: JSON or XML as Autodiscover writes them ([MS-OCDISCWS]), or UCWA's own form."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree as ET

from pydantic import BaseModel, ConfigDict

JSON = (("Accept", "application/vnd.microsoft.rtc.autodiscover+json;v=1"),)
"""What mobile clients ask for."""
ROOT = "/Autodiscover/AutodiscoverService.svc/root"


class DiscoveryDocument(BaseModel):
    """What it says, whatever it is written in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    access_location: str = ""
    """`External` or `Internal`; empty where the form has none."""
    links: tuple[tuple[str, str], ...] = ()
    """Token and URL of each link, in their order."""

    def link(self, token: str) -> str:
        """The URL of a link, or nothing."""
        return next((href for known, href in self.links if known.lower() == token.lower()), "")


def read_discovery(body: str) -> DiscoveryDocument | None:
    """The document in an answer's body; None where there is none."""
    text = body.strip()
    try:
        if text.startswith("{"):
            return _from_json(json.loads(text))
        # Entities are the one thing in XML that can hurt, and no answer of Autodiscover declares any.
        if text.startswith("<") and not re.search(r"<!(DOCTYPE|ENTITY)", text, re.IGNORECASE):
            return _from_xml(ET.fromstring(text))  # noqa: S314 - see above
    except (ValueError, ET.ParseError, RecursionError):
        return None
    return None


def _from_json(content: object) -> DiscoveryDocument | None:
    if not isinstance(content, dict):
        return None
    links = content.get("_links")
    if isinstance(links, dict):
        found = ((name, _text(link.get("href"))) for name, link in links.items() if isinstance(link, dict))
        return DiscoveryDocument(links=tuple(found))
    parts = [content.get(name) for name in ("Root", "User", "Domain")]
    listed = [link for part in parts if isinstance(part, dict) for link in _list(part.get("Links"))]
    named = ((_text(link.get("token")), _text(link.get("href"))) for link in listed if isinstance(link, dict))
    document = DiscoveryDocument(access_location=_text(content.get("AccessLocation")), links=tuple(named))
    return document if document.links or document.access_location else None


def _from_xml(document: ET.Element) -> DiscoveryDocument | None:
    if document.tag.rpartition("}")[2] != "AutodiscoverResponse":
        return None
    links = (one for one in document.iter() if one.tag.rpartition("}")[2] == "Link")
    return DiscoveryDocument(
        access_location=document.get("AccessLocation", ""),
        links=tuple((link.get("token", ""), link.get("href", "")) for link in links),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
