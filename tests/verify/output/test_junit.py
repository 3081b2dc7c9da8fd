from __future__ import annotations

from xml.etree.ElementTree import Element, fromstring

from bridgehead.verify.output.junit import as_junit
from tests.verify.output.reports import EVERYTHING

# What both the schema of Ant's JUnit tasks and that of Jenkins' xUnit plugin allow: the attributes that an element must
# have, those that it may have besides, and its children in their order.
SCHEMA: dict[str, tuple[set[str], set[str], list[str]]] = {
    "testsuites": (set(), set(), ["testsuite"]),
    "testsuite": (
        {"name", "package", "id", "timestamp", "hostname", "tests", "failures", "errors", "time"},
        {"skipped"},
        ["properties", "testcase", "system-out", "system-err"],
    ),
    "properties": (set(), set(), ["property"]),
    "property": ({"name", "value"}, set(), []),
    "testcase": ({"name", "classname", "time"}, set(), ["skipped", "failure", "error"]),
    "failure": ({"type"}, {"message"}, []),
    "skipped": (set(), {"message", "type"}, []),
    "system-out": (set(), set(), []),
    "system-err": (set(), set(), []),
}
SUITES = fromstring(as_junit(EVERYTHING))


def cases() -> dict[str, Element]:
    return {case.attrib["name"].partition(":")[0]: case for case in SUITES[0].iter("testcase")}


def test_only_what_readers_know_is_written_and_in_their_order() -> None:
    for element in SUITES.iter():
        needed, allowed, children = SCHEMA[element.tag]
        assert needed <= set(element.attrib) <= needed | allowed, element.tag
        places = [children.index(child.tag) for child in element]
        assert places == sorted(places), element.tag
        assert element.tag != "testcase" or len(element) <= 1


def test_numbers_and_times_are_what_the_schemas_want() -> None:
    for suite in SUITES:
        found = list(suite.iter("testcase"))
        assert suite.attrib["tests"] == str(len(found))
        assert suite.attrib["failures"] == str(sum(case.find("failure") is not None for case in found))
        assert suite.attrib["skipped"] == str(sum(case.find("skipped") is not None for case in found))
        assert float(suite.attrib["time"]) > 0
    assert SUITES[0].attrib["timestamp"] == "2026-11-20T22:30:00"
    assert [suite.attrib["id"] for suite in SUITES] == ["0", "1"]


def test_every_name_is_a_suite_and_every_check_a_case() -> None:
    assert [suite.attrib["name"] for suite in SUITES] == ["webext.contoso.com", "meet.contoso.com"]
    assert list(cases()) == ["dns.resolves", "tls.name", "tls.dates", "tls.trust", "bridge.host"]


def test_a_failure_has_cause_mend_and_evidence() -> None:
    failure = cases()["tls.name"].find("failure")
    assert failure is not None
    assert failure.attrib["type"] == "tls.name"
    assert failure.text is not None
    for line in ("cause: It was requested without.", "mend: Request another.", "| CN=www.contoso.com"):
        assert line in failure.text.splitlines()


def test_what_a_hostile_server_says_stays_text() -> None:
    failure = cases()["tls.name"].find("failure")
    assert failure is not None
    assert failure.attrib["message"] == r'<script>alert("x")</script>\x1b[31m\x00\u202e ]]> & "quoted"'


def test_the_reason_stands_with_what_was_skipped_or_not_to_be_judged() -> None:
    reasons = [cases()[code].find("skipped") for code in ("tls.trust", "bridge.host")]
    told = [one.attrib["message"] for one in reasons if one is not None]
    assert told == [
        "It cannot be judged without tls.name, which failed.",
        "It cannot be judged from here: 3 names",
    ]


def test_a_warning_passes_and_is_told_in_the_output_of_its_suite() -> None:
    assert len(cases()["tls.dates"]) == 0
    told = SUITES[0].findtext("system-out") or ""
    assert "warn webext.contoso.com: The certificate has the name (tls.dates)" in told
    assert "Request another." in told
