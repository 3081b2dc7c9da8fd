from __future__ import annotations

import pytest

from bridgehead.topology.advice import advice
from bridgehead.topology.file import parse

SOUND = """\
sip_domains = ["contoso.com"]
[simple_urls]
meet."contoso.com" = "https://meet.contoso.com"
[[pool]]
role = "front-end"
external_fqdn = "webext.contoso.com"
servers = ["fe01.contoso.local"]
[certificate.public]
chain = "chain.pem"
key = "key.pem"
"""


def codes(text: str) -> list[str]:
    file = parse(text, "bridgehead.toml")
    found = advice(file.topology, file.places)
    assert all(problem.severity == "warning" and problem.hint for problem in found)
    return [problem.code for problem in found]


def test_nothing_is_said_about_a_usual_file() -> None:
    assert codes(SOUND) == []


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("fe01.contoso.local", "webext.contoso.com", "pool.same-name-inside"),
        ('"front-end"', '"front-end"\nhost_header = "a.contoso.com"', "pool.host-replaced"),
        ('"front-end"', '"front-end"\nopen_directories = "/Cscp"', "pool.internal-directory-open"),
        ('"front-end"', '"front-end"\nverify = false', "upstream.not-verified"),
        ("meet.contoso.com", "meet-eu.contoso.com", "simple-url.characters"),
        ('["contoso.com"]', '{ name = "contoso.com", discovery_over_http = true }', "discovery.over-http"),
        (
            "[certificate",
            '[[publish]]\nhost = "a.contoso.com"\nto = "https://a"\nverify = false\n[certificate',
            "upstream.not-verified",
        ),
    ],
)
def test_what_has_a_price_is_warned_about_once(old: str, new: str, code: str) -> None:
    assert codes(SOUND.replace(old, new)) == [code]
