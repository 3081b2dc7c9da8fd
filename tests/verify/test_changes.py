from __future__ import annotations

from bridgehead.verify.changes import carried_over, changes
from tests.verify.output.reports import report, result


def kinds(before: list[object], after: list[object]) -> list[tuple[str, str]]:
    found = changes(report(*before), report(*after))  # type: ignore[arg-type] # results, all of them
    return [(one.kind, one.code) for one in found]


def test_what_stays_as_it_is_is_no_change() -> None:
    assert (
        kinds(
            [result("failed"), result("passed", "dns.resolves")], [result("failed"), result("passed", "dns.resolves")]
        )
        == []
    )


def test_a_check_that_fails_or_passes_again_is_a_change() -> None:
    assert kinds([result("passed")], [result("failed")]) == [("status", "tls.name")]
    assert kinds([result("failed")], [result("passed")]) == [("status", "tls.name")]


def test_a_name_that_leads_elsewhere_is_a_change_though_it_is_well() -> None:
    before, after = result(code="dns.resolves", seen="192.0.2.1"), result(code="dns.resolves", seen="198.51.100.7")
    assert kinds([before], [after]) == [("sight", "dns.resolves")]


def test_the_order_of_addresses_is_no_change() -> None:
    before, after = (
        result(code="dns.resolves", seen=seen) for seen in ("192.0.2.1, 192.0.2.2", "192.0.2.2, 192.0.2.1")
    )
    assert kinds([before], [after]) == []


def test_times_and_sizes_in_answers_are_no_change() -> None:
    before, after = (result(code="behaviour.large-upload", seen=seen) for seen in ("0.4 s", "0.5 s"))
    assert kinds([before], [after]) == []


def test_what_cannot_be_judged_for_want_of_something_else_is_told_apart() -> None:
    assert kinds([result("passed")], [result("skipped")]) == [("lost", "tls.name")]
    assert kinds([result("skipped")], [result("passed")]) == [("found", "tls.name")]
    assert kinds([result("skipped")], [result("failed")]) == [("status", "tls.name")]


def test_what_was_not_tried_again_stands_as_it_was() -> None:
    before = report(result("passed", "dns.resolves"), result("failed", "behaviour.large-upload"))
    after = report(result("warning", "dns.resolves"))
    whole = carried_over(before, after)
    assert [(one.code, one.status) for one in whole.results] == [
        ("dns.resolves", "warning"),
        ("behaviour.large-upload", "failed"),
    ]
    assert (whole.counts.warning, whole.counts.failed, whole.counts.passed) == (1, 1, 0)
