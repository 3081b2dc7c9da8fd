from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.lab.conftest import Inside


def test_the_director_signs_in_and_has_no_meetings(inside: Inside) -> None:
    director = inside.deployment.director.external
    assert inside.connect("webdirext.contoso.localhost:8443", director).request("GET", "/abs").status == 401
    assert inside.connect("webdirext.contoso.localhost:8443", director).request("GET", "/CollabContent").status == 404
