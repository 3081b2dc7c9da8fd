from __future__ import annotations

import ssl
import tomllib
from typing import TYPE_CHECKING

from bridgehead.lab.http_client import HttpConnection
from bridgehead.lab.intranet import Intranet
from bridgehead.lab.published_file import write_published_file

if TYPE_CHECKING:
    from bridgehead.lab.deployment import Deployment


def test_it_is_published_behind_a_login_with_accounts_for_their_owner_alone(deployment: Deployment) -> None:
    with Intranet(deployment) as intranet:
        file = write_published_file(deployment, intranet)
    content = tomllib.loads(file.read_text())
    (site,) = content["publish"]
    assert (site["host"], site["authentication"], site["allowed_groups"]) == (intranet.public_name, "ntlm", ["Staff"])
    accounts = file.parent / content["accounts"]["file"]
    assert accounts.stat().st_mode & 0o777 == 0o600
    members = {name: user["member_of"] for name, user in tomllib.loads(accounts.read_text())["users"].items()}
    assert members == {"alice": ["Staff"], "carol": ["Staff"], "bob": []}


def test_it_believes_what_the_proxy_says(deployment: Deployment) -> None:
    with Intranet(deployment) as intranet:
        (site,) = tomllib.loads(write_published_file(deployment, intranet).read_text())["publish"]
        name, _, port = site["to"]["url"].removeprefix("https://").partition(":")
        context = ssl.create_default_context(cafile=deployment.inside_root)
        with HttpConnection(("127.0.0.1", int(port)), name, context) as client:
            answer = client.request("GET", "/", fields={"X-Forwarded-User": r"CONTOSO\alice"})
            assert answer.fields.get("X-Lab-User") == r"CONTOSO\alice"
            assert "CONTOSO" in answer.text
            assert client.request("GET", "/").fields.get("X-Lab-User") == ""
