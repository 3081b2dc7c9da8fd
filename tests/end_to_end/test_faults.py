"""Every seeded fault of the laboratory is found by the check that is for it, by its right name, and by no other."""

from __future__ import annotations

import io
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import dns.message
import dns.query
import dns.rdatatype
import pytest
from rich.console import Console

from bridgehead.lab.faults import catalogue
from bridgehead.lab.faults.catalogue import FAULTS, behaviour, bridge, certificates, services
from bridgehead.lab.faults.demo import list_faults, run_faulty
from bridgehead.lab.faults.published import RIGHT, FaultyLab
from bridgehead.lab.publication import Publication
from bridgehead.verify.registry import Selection
from tests.end_to_end.expected_findings import EVERY, EXPECTED, EXPECTED_OF_LOGINS, Expected, fails
from tests.end_to_end.faulty_lab import behind_a_firewall, report_on
from tests.end_to_end.free_port import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bridgehead.lab.faults.demo import Outlook
    from bridgehead.lab.faults.fault import Fault
    from bridgehead.verify.results import Report, Result

# What a fault can touch; the tests that are marked `stress` look at everything each time.
USUAL = {
    catalogue.dns: Selection(only=("dns", "tcp", "tls.every-address")),
    certificates: Selection(skip=("behaviour", "service", "bridge.redirect")),
    bridge: Selection(skip=("behaviour.smuggling",)),
    services: Selection(
        only=("bridge", "service", "behaviour", "login", "tls.handshake"), skip=("behaviour.smuggling",)
    ),
    behaviour: Selection(skip=("dns", "tls.versions", "tls.key-kinds")),
}
SELECTIONS = {fault.name: selection for part, selection in USUAL.items() for fault in part.FAULTS}
POLLS_CUT_AFTER = 3.0


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyLab]:
    publication = Publication(https_port=free_port(), http_port=free_port())
    with FaultyLab(tmp_path_factory.mktemp("faulty"), publication) as running:
        yield running


def seeded(name: str) -> Fault:
    """The fault, with a minute made short."""
    fault = FAULTS[name]
    return (
        replace(fault, manners=replace(fault.manners, answer_seconds=POLLS_CUT_AFTER)) if name == "poll-cut" else fault
    )


def polls_of(name: str) -> float:
    """How long the event channel is to be held."""
    return 2 * POLLS_CUT_AFTER if name == "poll-cut" else 0.5


def by_code(results: list[Result]) -> dict[str, frozenset[str]]:
    found = defaultdict(set)
    for result in results:
        found[result.code].add(result.target.partition(".")[0])
    return {code: frozenset(hosts) for code, hosts in found.items()}


def expect(report: Report, expected: Expected) -> None:
    """Exactly these findings, each with its right cause, and nothing that could not be judged."""
    told = [f"{one.status} {one.target} {one.code}: {one.seen} | {one.cause} | {one.mend}" for one in report.results]
    told = [line for line in told if not line.startswith(("passed", "skipped"))]
    findings = {
        status: [one for one in report.results if one.status == status and one.code not in expected.also]
        for status in ("failed", "warning", "unseen")
    }
    assert by_code(findings["failed"]) == expected.fails, told
    assert by_code(findings["warning"]) == expected.warns, told
    assert by_code(findings["unseen"]) == {}, told
    for one in (*findings["failed"], *findings["warning"]):
        assert expected.names in f"{one.cause} {one.mend}", told
    assert report.complete


def test_every_fault_is_in_a_table() -> None:
    assert set(FAULTS) == set(EXPECTED) | set(EXPECTED_OF_LOGINS)
    assert len(FAULTS) >= 25


def test_a_fault_can_be_shown_to_people(tmp_path: Path) -> None:
    shown, seen = io.StringIO(), []

    def verify(outlook: Outlook) -> bool:
        seen.append((outlook.file.exists(), outlook.root.exists(), outlook.address, outlook.users))
        return False

    assert run_faulty(Console(file=shown), "chain-incomplete", tmp_path, leave=True, verify=verify) == 1
    assert seen == [(True, True, "127.0.0.1", ())]
    assert "intermediate certificates are not sent" in shown.getvalue()
    list_faults(Console(file=shown))
    assert all(name in shown.getvalue() for name in FAULTS)


def test_without_a_fault_everything_is_well(lab: FaultyLab) -> None:
    expect(report_on(lab, RIGHT), Expected())


@pytest.mark.parametrize("name", EXPECTED)
def test_the_right_check_fails_and_no_other(lab: FaultyLab, name: str) -> None:
    expect(report_on(lab, seeded(name), SELECTIONS[name]), EXPECTED[name])


@pytest.mark.stress
@pytest.mark.parametrize("name", EXPECTED)
def test_the_right_check_fails_of_all(lab: FaultyLab, name: str) -> None:
    expect(report_on(lab, seeded(name)), EXPECTED[name])


def test_a_firewall_that_forwards_4443_is_found(lab: FaultyLab) -> None:
    through = behind_a_firewall(lab, "203.0.113.10")
    report = report_on(lab, RIGHT, Selection(skip=("behaviour", "dns.loop")), through=through)
    expect(report, fails("tcp.internal-ports", EVERY, "The firewall lets the port through"))


@pytest.mark.parametrize("kind", ["UDP", "TCP"])
def test_the_labs_dns_answers(lab: FaultyLab, kind: str) -> None:
    host, _, port = lab.outside.address.rpartition(":")
    ask = dns.query.udp if kind == "UDP" else dns.query.tcp
    with lab.publishing(FAULTS["discovery-alias-elsewhere"]):
        query = dns.message.make_query(f"lyncdiscover.{lab.publication.sip_domain}", "A")
        answer = ask(query, host, port=int(port), timeout=10)
    kinds = [dns.rdatatype.to_text(one.rdtype) for one in answer.answer]
    assert kinds == ["CNAME", "A"]


@pytest.mark.parametrize("name", EXPECTED_OF_LOGINS)
def test_the_right_check_fails_where_people_log_in(lab: FaultyLab, name: str) -> None:
    # Whether people stay apart takes hundreds of connections: it is asked where it is the question.
    skip = () if name == "logins-pooled" else ("login.identities",)
    only = ("bridge.discovery", "bridge.host", "tls.handshake", "service", "login", "signin")
    report = report_on(lab, seeded(name), Selection(only, skip), hosts=("webext",), poll_seconds=polls_of(name))
    expect(report, EXPECTED_OF_LOGINS[name])


@pytest.mark.stress
@pytest.mark.parametrize("name", EXPECTED_OF_LOGINS)
def test_the_right_check_fails_of_all_where_people_log_in(lab: FaultyLab, name: str) -> None:
    report = report_on(lab, seeded(name), hosts=("webext",), poll_seconds=polls_of(name))
    expect(report, EXPECTED_OF_LOGINS[name])
