"""Lync Web App: the join page, the meeting in the browser, its content, and slides from Office Web Apps."""

from __future__ import annotations

import hashlib
import json
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree as ET

from bridgehead.lab.clients.walk import expect
from bridgehead.lab.services.meeting_content import content, digest_of_content

if TYPE_CHECKING:
    from bridgehead.lab.clients.walk import Chain, Walk

_SIZE = 8 << 20
"""Bytes of meeting content: enough to pass through every buffer many times."""


def page(walk: Walk, what: str, url: str, title: str) -> None:
    """A page for people; it echoes the Host that the server saw, which must be the one that was sent."""
    with walk.step(what, url, f'the page "{title}", Host unchanged') as step:
        answer = walk.fetch(url, accept="text/html")
        expect(answer.status == 200 and title in answer.text, f"{answer.status}, not the page")
        host = urlsplit(url).netloc
        expect(f"<td>{escape(host)}<" in answer.text, "the server saw another Host")
        step.seen = "200, Host unchanged"


def _join_page(walk: Walk) -> None:
    page(walk, "join page", walk.url(walk.world.publication.meet, "/alice/5FQ2KWD9"), "Join the meeting")


def _older_join_page(walk: Walk) -> None:
    page(walk, "older join page", walk.url(walk.world.publication.shared, "/Meet/alice/5FQ2KWD9"), "Join the meeting")


def _dial_in_page(walk: Walk) -> None:
    page(walk, "dial-in page", walk.url(walk.world.publication.dialin), "Dial-in conferencing")


def _web_app(walk: Walk) -> None:
    page(walk, "Lync Web App", walk.url(walk.world.publication.web, "/lwa/WebPages/LwaClient.aspx"), "Lync Web App")


def _anonymous(walk: Walk) -> None:
    url = walk.url(walk.world.publication.web, "/WebTicket/oauthtoken")
    with walk.step("anonymous attendee", url, "200 with an access token") as step:
        conference = f"sip:alice@{walk.world.publication.sip_domain};gruu;opaque=app:conf:focus:id:5FQ2KWD9"
        form = {"grant_type": "urn:microsoft.rtc:anonmeeting", "ms_rtc_conferenceuri": conference}
        content_type = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = walk.fetch(url, "POST", body=urlencode(form).encode(), fields=content_type)
        expect(answer.status == 200 and "access_token" in answer.text, f"{answer.status}")
        step.seen = "200, token"


def _upload(walk: Walk) -> None:
    url = walk.url(walk.world.publication.web, "/DataCollabWeb/upload")
    expected = f"{_SIZE >> 20} MiB by chunks arrive whole"
    with walk.step("upload", url, expected) as step:
        answer = walk.fetch(url, "POST", body=content(_SIZE))
        expect(answer.status == 200, f"{answer.status}")
        expect(json.loads(answer.body) == {"bytes": _SIZE, "sha256": digest_of_content(_SIZE)}, "another digest")
        step.seen = f"{_SIZE >> 20} MiB, same SHA-256"


def _download(walk: Walk) -> None:
    url = walk.url(walk.world.publication.web, f"/CollabContent/slides?size={_SIZE}")
    with walk.step("download", url, f"{_SIZE >> 20} MiB arrive whole") as step:
        digest = hashlib.sha256()
        answer = walk.fetch(url, sink=digest.update)
        expect(answer.status == 200, f"{answer.status}")
        expect(digest.hexdigest() == digest_of_content(_SIZE), "another digest")
        step.seen = f"{_SIZE >> 20} MiB, same SHA-256"


def _slides(walk: Walk) -> None:
    url = walk.url(walk.world.publication.office, "/hosting/discovery")
    with walk.step("Office discovery", url, "WOPI discovery with outside URLs") as step:
        answer = walk.fetch(url)
        expect(answer.status == 200, f"{answer.status}")
        document = ET.fromstring(answer.body)  # noqa: S314 - expat refuses entity bombs, and the servers are our own
        frames = [action.get("urlsrc", "") for action in document.iter("action")]
        expect(frames, "no actions")
        step.seen = f"{len(frames)} actions"
    page(walk, "slides", frames[-1], "Office Web Apps")


CHAINS: tuple[Chain, ...] = (
    _join_page,
    _older_join_page,
    _dial_in_page,
    _web_app,
    _anonymous,
    _upload,
    _download,
    _slides,
)
