"""Whom to tell of alarms, in the file."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from bridgehead.topology.alarms import Alarms

URL = "https://hooks.contoso.com/services/T0/B0?token=x"


def test_without_anything_nobody_but_the_log_is_told() -> None:
    assert (Alarms().command, Alarms().webhook) == ((), None)


def test_a_command_and_a_webhook_with_its_own_root() -> None:
    text = {"command": ["/usr/local/bin/tell", "--now"], "webhook": URL, "webhook_trust": "root.pem", "seconds": 5.0}
    alarms = Alarms.model_validate(text, context={"directory": Path("/etc/bridgehead")})
    assert alarms.command == ("/usr/local/bin/tell", "--now")
    assert (alarms.webhook, alarms.webhook_trust) == (URL, "/etc/bridgehead/root.pem")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ({"webhook": "hooks.contoso.com"}, "Write the whole URL|not a URL"),
        ({"webhook": "ftp://hooks.contoso.com"}, "not a URL"),
        ({"webhook": "https://user:secret@hooks.contoso.com/"}, "has a user"),
        ({"webhook": "https://hooks.contoso.com/a b"}, "spaces"),
        ({"webhook": "https://hooks.contoso.com/é"}, "not ASCII"),
        ({"webhook": "https:///x"}, "not a URL"),
        ({"webhook": "https://hooks.contoso.com:99999/"}, "not a port"),
        ({"webhook_trust": "root.pem"}, "no webhook with https"),
        ({"webhook": "http://10.0.0.1/", "webhook_trust": "root.pem"}, "no webhook with https"),
        ({"command": [""]}, "no name"),
        ({"command": "/bin/true"}, "tuple"),
        ({"seconds": 0.0}, "greater than 0"),
        ({"seconds": 3600.0}, "less than or equal to 300"),
    ],
)
def test_what_cannot_be_meant_is_refused(text: dict[str, object], expected: str) -> None:
    with pytest.raises(ValidationError, match=expected) as found:
        Alarms.model_validate(text)
    assert "secret@" not in str(found.value).split("[type", maxsplit=1)[0]
