"""What a report says, whatever it is written in."""

from __future__ import annotations

from bridgehead.planning.changes import changes
from bridgehead.planning.explanation import explain
from bridgehead.reports.markdown import as_markdown
from bridgehead.reports.plan_document import changes_document, explanation_document, plan_document
from tests.planning.deployments import EDGE, contoso, example, plan_of


def test_every_part_of_the_plan_is_in_the_report() -> None:
    names = [section.name for section in plan_document(contoso(EDGE)).sections]
    assert names == [
        "summary",
        "questions",
        "certificates",
        "edge-certificates",
        "alternatives",
        "flow-chart",
        "contradictions",
        "dns",
        "firewall",
        "rules",
        "unpublished",
        "worksheet",
        "sources",
    ]


def test_every_number_of_a_source_is_in_the_list_of_sources() -> None:
    written = as_markdown(plan_document(contoso(EDGE)))
    body, sources = written.split("## Sources")
    listed = {line.split("|")[1].strip() for line in sources.splitlines() if line.startswith("| [")}
    assert len(listed) > 15
    assert [number for number in listed if number not in body] == []
    assert f"[{len(listed) + 1}]" not in body


def test_warnings_of_certificates_stand_in_the_summary() -> None:
    document = plan_document(contoso('[plan]\nissuer = "private"\n'))
    assert "a private authority signs" in as_markdown(document).split("## Open questions")[0]


def test_an_explanation_gives_each_reason_with_its_document_in_full() -> None:
    written = as_markdown(explanation_document(explain(contoso(), "meet.contoso.com")))
    assert "(Request and configure a certificate for your reverse HTTP proxy in Lync Server 2013)" in written


def test_a_change_tells_each_kind_of_work_in_a_section_of_its_own() -> None:
    old = plan_of(example("contoso"))
    new = contoso(**{"dir01.contoso.local": "dir02.contoso.local", "dialin.contoso.com": "phone.contoso.com"})
    names = [section.name for section in changes_document(changes(old, new)).sections]
    assert names == ["certificates", "dns", "firewall", "rules", "drained", "sources"]


def test_no_change_says_so() -> None:
    assert [section.title for section in changes_document(changes(contoso(), contoso())).sections] == [
        "Nothing changes"
    ]
