"""Reports that the tests of outputs look at."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bridgehead.verify.results import Branch, Counts, Report, Result

if TYPE_CHECKING:
    from bridgehead.verify.verdicts import Status

HOST = "webext.contoso.com"
HOSTILE = '<script>alert("x")</script>\x1b[31m\x00\u202e ]]> & "quoted"'
BEGAN = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)


def result(
    status: Status = "passed",
    code: str = "tls.name",
    target: str = HOST,
    seen: str = "3 names",
    evidence: tuple[str, ...] = (),
) -> Result:
    bad = status in {"failed", "warning"}
    return Result(
        code=code,
        title="The certificate has the name",
        target=target,
        status=status,
        tried="Compare",
        seen=seen,
        expected=target,
        milliseconds=12.4,
        clients=("every client",),
        cause="It was requested without." if bad else "",
        mend="Request another." if bad else "",
        evidence=evidence,
    )


def report(*results: Result, complete: bool = True, chain: tuple[str, ...] = ()) -> Report:
    """All of these results, in a branch for each target."""
    targets = tuple(dict.fromkeys(one.target for one in results))
    branches = tuple(
        Branch(
            target=target,
            roles=("front-end",),
            results=tuple(one for one in results if one.target == target),
            chain=chain,
        )
        for target in targets
    )
    counts = {name: sum(one.status == name for one in results) for name in Counts.model_fields}
    return Report(
        program="bridgehead",
        subject="bridgehead.toml",
        began=BEGAN,
        seconds=1.25,
        complete=complete,
        branches=branches,
        counts=Counts(**counts),
    )


EVERYTHING = report(
    result("passed", "dns.resolves"),
    result("failed", evidence=("CN=www.contoso.com", HOSTILE), seen=HOSTILE),
    result("warning", "tls.dates"),
    result("skipped", "tls.trust", seen="It cannot be judged without tls.name, which failed."),
    result("unseen", "bridge.host"),
    result("passed", "dns.resolves", "meet.contoso.com"),
)
"""One of each status, and a server that writes what it should not."""
