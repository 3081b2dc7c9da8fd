"""A report as JUnit XML: a test suite for each name, a test case for each check.

There is no one schema; this is what both the schema of Ant's JUnit tasks and that of Jenkins' xUnit plugin allow, and
so what other readers take as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from bridgehead.verify.output.legible import legible, on_one_line
from bridgehead.verify.output.text import parts_of, told_in_full

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgehead.verify.results import Branch, Report, Result


def as_junit(report: Report) -> str:
    """The document. A failure has its cause, mend and evidence; what was skipped or unseen, the reason.

    A warning passes, as it does for the exit status, and is told in full in its suite's output.
    """
    suites = Element("testsuites")
    for number, branch in enumerate(report.branches):
        _suite(suites, report, branch, number)
    indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(suites, encoding="unicode")}\n'


def _suite(suites: Element, report: Report, branch: Branch, number: int) -> None:
    results = branch.results
    suite = SubElement(
        suites,
        "testsuite",
        name=branch.target,
        package="bridgehead.verify",
        id=str(number),
        # Neither schema wants a time zone here; it is UTC.
        timestamp=f"{report.began:%Y-%m-%dT%H:%M:%S}",
        hostname=branch.target,
        tests=str(len(results)),
        failures=str(_count(results, "failed")),
        errors="0",
        skipped=str(_count(results, "skipped", "unseen")),
        time=_seconds(sum(one.milliseconds for one in results)),
    )
    properties = SubElement(suite, "properties")
    facts = {
        "program": report.program,
        "subject": report.subject,
        "roles": ", ".join(branch.roles),
        "complete": str(report.complete).lower(),
    }
    for name, value in facts.items():
        SubElement(properties, "property", name=name, value=on_one_line(value))
    for one in results:
        _case(suite, one)
    SubElement(suite, "system-out").text = "\n".join(_warnings(results))
    SubElement(suite, "system-err")


def _case(suite: Element, result: Result) -> None:
    case = SubElement(
        suite,
        "testcase",
        name=f"{result.code}: {on_one_line(result.title)}",
        classname=f"{result.target}.{result.group}",
        time=_seconds(result.milliseconds),
    )
    seen = on_one_line(result.seen)
    if result.status == "failed":
        failure = SubElement(case, "failure", message=seen, type=result.code)
        failure.text = "\n".join(_details(result))
    elif result.status == "skipped":
        SubElement(case, "skipped", message=seen)
    elif result.status == "unseen":
        SubElement(case, "skipped", message=f"It cannot be judged from here: {seen}")


def _details(result: Result) -> Iterable[str]:
    yield from (f"{name}: {legible(value)}" for name, value in parts_of(result).items())
    yield from (f"| {legible(line)}" for line in result.evidence)


def _warnings(results: Iterable[Result]) -> Iterable[str]:
    for one in results:
        if one.status == "warning":
            yield from told_in_full((one,))


def _count(results: Iterable[Result], *statuses: str) -> int:
    return sum(one.status in statuses for one in results)


def _seconds(milliseconds: float) -> str:
    return f"{milliseconds / 1000:.3f}"
