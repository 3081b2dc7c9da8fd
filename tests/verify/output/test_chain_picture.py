from __future__ import annotations

from datetime import timedelta
from xml.etree.ElementTree import fromstring

from bridgehead.verify.output.chain_picture import chain_picture
from tests.verify.checks.certificates import DAY, HOST, INTERMEDIATE, LEAF, NOW, ROOT


def told(*chain: str) -> list[str]:
    """The words of the picture, after seeing that it is well-formed."""
    return [text.text or "" for text in fromstring(chain_picture(chain, NOW)).iter("text")]


def test_each_certificate_is_joined_to_the_one_that_vouches_for_it_up_to_the_root() -> None:
    words = told(LEAF, INTERMEDIATE.pem, ROOT.pem)
    assert [word for word in words if word[:2] in {"1.", "2.", "3."}] == [
        f"1. {HOST}",
        "2. Issuing authority",
        "3. Public root",
    ]
    assert words.count("issued by") == 2
    assert "not sent: clients must have it" not in words


def test_an_issuer_that_was_not_sent_is_drawn_as_absent() -> None:
    words = told(LEAF)
    assert words[-2:] == ["Issuing authority", "not sent: clients must have it"]


def test_a_wrong_order_is_a_broken_line() -> None:
    assert "NOT issued by the next one" in told(LEAF, ROOT.pem, INTERMEDIATE.pem)


def test_what_has_expired_and_what_is_not_yet_valid_is_said() -> None:
    expired = INTERMEDIATE.issue(HOST, since=NOW - 9 * DAY, until=NOW - 2 * DAY)
    early = INTERMEDIATE.issue(HOST, since=NOW + DAY)
    assert f"EXPIRED on {NOW - 2 * DAY:%Y-%m-%d}" in told(expired)
    assert f"NOT VALID before {NOW + DAY:%Y-%m-%d}" in told(early)


def test_the_day_of_the_report_counts_and_not_the_day_of_reading() -> None:
    late = fromstring(chain_picture((LEAF,), NOW + timedelta(days=400)))
    assert any("EXPIRED" in (text.text or "") for text in late.iter("text"))


def test_garbage_and_too_many_are_drawn_too() -> None:
    assert "1. a certificate that cannot be read" in told("garbage")
    assert told(*[LEAF] * 9)[-1] == "and 3 more"


def test_markup_in_a_name_is_text() -> None:
    hostile = INTERMEDIATE.issue(HOST, common_name="<script>alert(1)</script>")
    assert "<script" not in chain_picture((hostile,), NOW)
    assert "1. <script>alert(1)</script>" in told(hostile)


def test_nothing_is_drawn_of_nothing() -> None:
    assert not chain_picture((), NOW)
