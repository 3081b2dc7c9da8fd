from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from bridgehead.lab.services.device_update import FILE

if TYPE_CHECKING:
    from tests.lab.conftest import Inside


def test_a_phone_is_told_of_a_file_and_gets_it_without_logging_in(inside: Inside) -> None:
    connection = inside.connect()
    answer = connection.request("POST", "/RequestHandlerExt/ucdevice.upx", body=b"<Request/>")
    document = ET.fromstring(answer.body)
    url = urlsplit(document.findtext("File/Name", ""))
    assert (url.netloc, url.path) == ("webext.contoso.localhost:8443", FILE)
    file = connection.request("GET", url.path)
    assert hashlib.sha256(file.body).hexdigest() == document.findtext("File/Sha256")


def test_other_files_do_not_exist(inside: Inside) -> None:
    assert inside.connect().request("GET", "/RequestHandlerExt/Files/other").status == 404
