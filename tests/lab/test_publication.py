from __future__ import annotations

import pytest

from bridgehead.lab.publication import Publication


@pytest.mark.parametrize(
    ("https_port", "http_port", "accepted", "refused"),
    [
        (443, 80, [None, 443, 80], [4443, 8080]),
        (8443, 8080, [8443, 8080], [None, 443, 80, 4443]),
    ],
)
def test_a_host_field_may_carry_exactly_the_published_ports(
    https_port: int, http_port: int, accepted: list[int | None], refused: list[int | None]
) -> None:
    publication = Publication(https_port, http_port)
    assert all(publication.is_published_port(port) for port in accepted)
    assert not any(publication.is_published_port(port) for port in refused)


def test_urls_carry_the_port_unless_it_is_the_usual_one() -> None:
    assert Publication().url("meet.test", "/x") == "https://meet.test/x"
    assert Publication(8443, 8080).url("meet.test", "/x") == "https://meet.test:8443/x"
    assert Publication(8443, 8080).url("meet.test", "/x", "http") == "http://meet.test:8080/x"
