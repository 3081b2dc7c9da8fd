"""A Lync Phone Edition telephone: it looks for newer software at every start, before anybody has logged in."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from bridgehead.lab.clients.walk import expect

if TYPE_CHECKING:
    from bridgehead.lab.clients.walk import Chain, Walk


def _device_update(walk: Walk) -> None:
    url = walk.url(walk.world.publication.web, "/RequestHandlerExt/ucdevice.upx")
    with walk.step("device update", url, "200 that names a file") as step:
        answer = walk.fetch(url, "POST", body=b"<?xml version='1.0'?><Request/>", fields={"Content-Type": "text/xml"})
        expect(answer.status == 200, f"{answer.status}")
        document = ET.fromstring(answer.body)  # noqa: S314 - expat refuses entity bombs, and the servers are our own
        name, digest = document.findtext("File/Name", ""), document.findtext("File/Sha256", "")
        step.seen = f"200, {document.findtext('NumOfFiles')} file"
    with walk.step("its file", name, "the whole file") as step:
        answer = walk.fetch(name)
        expect(answer.status == 200, f"{answer.status}")
        expect(hashlib.sha256(answer.body).hexdigest() == digest, "another digest")
        step.seen = f"{len(answer.body)} bytes, same SHA-256"


CHAINS: tuple[Chain, ...] = (_device_update,)
