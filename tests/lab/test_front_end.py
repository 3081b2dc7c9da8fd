from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.lab.conftest import Inside


def test_the_pages_for_people_echo_what_the_server_saw(inside: Inside) -> None:
    for path, title in (("/lwa", "Lync Web App"), ("/Scheduler", "Lync Web Scheduler")):
        answer = inside.connect().request("GET", f"{path}/a", fields={"X-Forwarded-For": "<192.0.2.1>"})
        assert title in answer.text
        assert "<td>webext.contoso.localhost:8443<" in answer.text
        assert "<td>&lt;192.0.2.1&gt;<" in answer.text
