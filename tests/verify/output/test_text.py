from __future__ import annotations

from datetime import UTC, datetime

from bridgehead.verify.output.text import as_text
from bridgehead.verify.results import Branch, Counts, Report, Result
from bridgehead.verify.verdicts import Status


def result(status: Status, code: str = "tls.name", target: str = "webext.contoso.com") -> Result:
    return Result(
        code=code,
        title="The certificate has the name",
        target=target,
        status=status,
        tried="Compare",
        seen="1 names: www.contoso.com",
        expected="webext.contoso.com",
        milliseconds=12.4,
        clients=("every client",),
        cause="It was requested without." if status == "failed" else "",
        mend="Request another." if status == "failed" else "",
        evidence=("CN=www.contoso.com",) if status == "failed" else (),
    )


def report(*results: Result, complete: bool = True) -> Report:
    counts = {name: sum(one.status == name for one in results) for name in Counts.model_fields}
    branch = Branch(target="webext.contoso.com", roles=("front-end",), results=results)
    began = datetime(2026, 11, 20, tzinfo=UTC)
    return Report(
        program="bridgehead",
        subject="",
        began=began,
        seconds=1.25,
        complete=complete,
        branches=(branch,),
        counts=Counts(**counts),
    )


def test_a_failure_is_told_with_all_that_helps_to_mend_it() -> None:
    text = as_text(report(result("failed"), result("passed", "tls.dates")))
    assert text.splitlines()[:4] == [
        "webext.contoso.com (front-end)",
        "  TLS and certificate",
        "    FAIL tls.name                     1 names: www.contoso.com [12 ms]",
        "    ok   tls.dates                    1 names: www.contoso.com [12 ms]",
    ]
    for line in (
        "FAIL webext.contoso.com: The certificate has the name (tls.name)",
        "    tried     Compare",
        "    expected  webext.contoso.com",
        "    concerns  every client",
        "    cause     It was requested without.",
        "    mend      Request another.",
        "    | CN=www.contoso.com",
    ):
        assert line in text.splitlines()
    assert text.splitlines()[-1] == "1 failed, 1 passed; 1.2 s."


def test_the_verdict_counts_everything_and_says_when_it_is_not_complete() -> None:
    some = report(result("warning"), result("unseen"), result("skipped"), complete=False)
    last = as_text(some).splitlines()[-1]
    assert last == (
        "nothing failed, 0 passed, 1 warning, 1 not to be judged from here, 1 skipped; 1.2 s. "
        "It is not complete: it ended before the last check."
    )


def test_the_same_fault_on_several_names_is_told_once() -> None:
    text = as_text(report(result("failed"), result("failed", target="meet.contoso.com")))
    told = [line for line in text.splitlines() if line.startswith("FAIL")]
    assert told == ["FAIL webext.contoso.com, meet.contoso.com: The certificate has the name (tls.name)"]


def test_long_evidence_is_cut_and_says_where_the_rest_is() -> None:
    long = result("failed").model_copy(update={"evidence": ("x" * 500, *(f"line {number}" for number in range(40)))})
    told = [line for line in as_text(report(long)).splitlines() if line.startswith("    | ")]
    assert told[0] == f"    | {'x' * 400}… (100 more characters)"
    assert told[-1] == "    | … (17 more lines; --format json or html has them)"
    assert len(told) == 25


def test_a_server_cannot_steer_the_terminal_nor_break_the_lines() -> None:
    hostile = result("failed").model_copy(update={"seen": "\x1b]0;title\x07\nok   tls.name", "evidence": ("\x1b[2J",)})
    text = as_text(report(hostile))
    assert "\x1b" not in text
    assert not [line for line in text.splitlines() if line.startswith("ok")]
