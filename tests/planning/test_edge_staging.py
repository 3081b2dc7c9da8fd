"""Staging of A/V Authentication and OAuth certificates: effective before the last token of the old one ends."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import pytest

from bridgehead.planning.edge_staging import staging


def effective(kind: str) -> datetime:
    line = next(line for line in staging(date(2026, 11, 20), 200).splitlines() if f"-Type {kind} -Thumbprint" in line)
    numbers = re.search(r"-Year (\d+) -Month (\d+) -Day (\d+) -Hour (\d+) -Minute (\d+)", line)
    assert numbers
    return datetime(*(int(one) for one in numbers.groups()))  # type: ignore[arg-type]  # noqa: DTZ001 - the server's own local time


@pytest.mark.parametrize(("kind", "hours"), [("AudioVideoAuthentication", 8), ("OAuthTokenIssuer", 24)])
def test_the_new_certificate_takes_effect_before_the_tokens_of_the_old_one_end(kind: str, hours: int) -> None:
    ends = datetime(2027, 6, 8)  # noqa: DTZ001 - 200 days after 20 November 2026, in the server's own time
    assert ends - effective(kind) >= timedelta(hours=hours)


def test_dates_are_given_by_their_parts_because_the_server_reads_text_in_its_locale() -> None:
    lines = [line for line in staging(date(2026, 11, 20), 200).splitlines() if "-EffectiveDate" in line]
    assert len(lines) == 2
    assert all("-EffectiveDate (Get-Date -Year" in line for line in lines)


def test_the_old_certificate_is_dropped_at_the_end() -> None:
    assert "Remove-CsCertificate -Previous -Type AudioVideoAuthentication" in staging(date(2026, 11, 20), 200)
