"""Somebody on the internet who tries what is not published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.lab.clients.walk import expect

if TYPE_CHECKING:
    from bridgehead.lab.clients.walk import Chain, Walk


def _refused(walk: Walk, path: str) -> None:
    url = walk.url(walk.world.publication.web, path)
    with walk.step(path, url, "403: internal by design") as step:
        answer = walk.fetch(url)
        expect(answer.status == 403, f"{answer.status}")
        step.seen = "403"


def _control_panel(walk: Walk) -> None:
    _refused(walk, "/Cscp")


def _remote_power_shell(walk: Walk) -> None:
    _refused(walk, "/OcsPowerShell")


def _plain_text(walk: Walk) -> None:
    publication = walk.world.publication
    url = walk.url(publication.meet, "/alice/5FQ2KWD9", "http")
    with walk.step("join page on 80", url, "redirected to the same URL with https") as step:
        answer = walk.fetch(url)
        location = answer.fields.get("Location")
        expect(300 < answer.status < 400, f"{answer.status}")
        expect(location == walk.url(publication.meet, "/alice/5FQ2KWD9"), f"{answer.status} to {location}")
        step.seen = f"{answer.status} to https"


CHAINS: tuple[Chain, ...] = (_control_panel, _remote_power_shell, _plain_text)
