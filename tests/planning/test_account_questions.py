from __future__ import annotations

from tests.planning.deployments import contoso


def asked(more: str = "") -> list[str]:
    return [question.why for question in contoso(more).questions if question.about == "shield"]


def test_the_lock_out_of_the_domain_is_asked_for() -> None:
    assert "5 within 30 minutes" in asked()[0]


def test_nobody_is_asked_where_the_file_says_it_or_has_no_shield() -> None:
    assert asked("[shield]\nlockout_threshold = 5\n") == []
    assert asked("[shield]\nenabled = false\n") == []
