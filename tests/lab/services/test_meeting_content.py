from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from bridgehead.lab.services.meeting_content import content, digest_of_content

if TYPE_CHECKING:
    from tests.lab.conftest import Inside

SIZE = 3_000_001


@pytest.mark.parametrize("directory", ["/CollabContent", "/DataCollabWeb"])
@pytest.mark.parametrize("chunked", ["", "&chunked=1"])
def test_a_download_arrives_whole(inside: Inside, directory: str, chunked: str) -> None:
    digest = hashlib.sha256()
    answer = inside.connect().request("GET", f"{directory}/x?size={SIZE}{chunked}", sink=digest.update)
    assert answer.fields.get("X-Lab-SHA256") == digest.hexdigest() == digest_of_content(SIZE)
    assert answer.fields.get("Transfer-Encoding") == ("chunked" if chunked else "")


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("by_length", [True, False])
def test_an_upload_arrives_whole(inside: Inside, method: str, by_length: bool) -> None:
    fields = {"Content-Length": str(SIZE)} if by_length else {}
    answer = inside.connect().request(method, "/DataCollabWeb/upload", body=content(SIZE), fields=fields)
    assert json.loads(answer.body) == {"bytes": SIZE, "sha256": digest_of_content(SIZE)}


@pytest.mark.parametrize("size", ["-1", "x", "99999999999999", "%D9%A3"])
def test_a_size_that_cannot_be_is_refused(inside: Inside, size: str) -> None:
    assert inside.connect().request("GET", f"/CollabContent/x?size={size}").status == 400
