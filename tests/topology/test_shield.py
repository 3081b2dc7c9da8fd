from __future__ import annotations

import pytest
from pydantic import ValidationError

from bridgehead.topology.shield import Shield


def test_networks_have_one_spelling() -> None:
    shield = Shield.model_validate(
        {"allowed_sources": ["198.51.100.7", "2001:DB8::/32"], "blocked_sources": "10.1.2.3/8"}
    )
    assert shield.allowed_sources == ("198.51.100.7/32", "2001:db8::/32")
    assert shield.blocked_sources == ("10.0.0.0/8",)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ({"blocked_sources": "somewhere"}, "shield.not-a-network"),
        ({"blocked_accounts": r"CONTOSO\Administrator"}, "shield.not-a-bare-name"),
        ({"excluded_accounts": "alice@contoso.com"}, "shield.not-a-bare-name"),
        ({"longest_pause_seconds": 30}, "shield.pauses"),
        ({"excluded_accounts": "Alice", "blocked_accounts": "alice"}, "shield.both"),
        ({"allowed_sources": "10.0.0.1", "blocked_sources": "10.0.0.1/32"}, "shield.both"),
        ({"lockout_threshold": 1}, "greater_than_equal"),
    ],
)
def test_what_contradicts_itself_is_refused(words: dict[str, object], code: str) -> None:
    with pytest.raises(ValidationError) as found:
        Shield.model_validate(words)
    assert [error["type"] for error in found.value.errors()] == [code]
