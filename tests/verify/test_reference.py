from __future__ import annotations

from bridgehead.verify.catalogue import all_checks
from bridgehead.verify.reference import reference
from tests.architecture.source_tree import ROOT


def test_the_page_of_checks_is_what_the_checks_say() -> None:
    page = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")
    assert page == reference(), "python -m bridgehead.verify.reference > docs/checks.md"


def test_every_check_says_what_it_tries_expects_and_why() -> None:
    assert [one.code for one in all_checks() if not (one.title and one.tries and one.expects and one.why)] == []


def test_what_a_check_builds_upon_exists_and_runs_before_it() -> None:
    codes = [one.code for one in all_checks()]
    assert [
        (one.code, needed)
        for one in all_checks()
        for needed in one.after
        if needed not in codes or codes.index(needed) > codes.index(one.code)
    ] == []
