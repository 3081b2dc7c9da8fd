"""Whom an operator means."""

from __future__ import annotations

from typing import Any

import pytest

from bridgehead.proxy.tracing.asked_for import AskedFor

EVENT: dict[str, Any] = {"connection": "3f2a0-1c", "client": "203.0.113.7", "user": "CONTOSO\\Zoë"}


@pytest.mark.parametrize(
    "wanted",
    [
        "203.0.113.7",
        "::ffff:203.0.113.7",
        "3f2a0-1c",
        "3f2a0-1c-7d0f",
        "zoë",
        "ZOË",
        "contoso\\zoë",
        "Zoe\u0308@contoso.com",
    ],
)
def test_every_spelling_finds_it(wanted: str) -> None:
    assert AskedFor(wanted).concerns(EVENT)


@pytest.mark.parametrize("wanted", ["203.0.113.70", "3f2a0-1", "3f2a0", "zo", "contoso", "", " ", "\\", "@contoso.com"])
def test_another_one_is_another_one(wanted: str) -> None:
    assert not AskedFor(wanted).concerns(EVENT)
    assert not AskedFor(wanted).concerns({"connection": "3f2a0-2", "client": "2001:db8::1"})


def test_an_address_of_version_6_has_many_spellings() -> None:
    event = {"connection": "3f2a0-1c", "client": "2001:db8::1"}
    assert AskedFor("[2001:DB8:0::0001]").concerns(event)


def test_who_was_there_before_is_concerned_too() -> None:
    assert AskedFor("bob").concerns({**EVENT, "before": "CONTOSO\\bob"})
