from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bridgehead.cli.verify_targets import targets_of_file
from bridgehead.lab.authority import LabAuthority
from bridgehead.verify.observing.network import network
from bridgehead.verify.observing.ways import Leads, Way
from bridgehead.verify.registry import Selection
from bridgehead.verify.results import Report
from bridgehead.verify.run import Began, Finished, Judged, Planned, Verification
from bridgehead.verify.targets import Scope
from tests.end_to_end.free_port import free_port
from tests.verify.strange import (
    HASTE,
    HOST,
    Certified,
    NeverAccepts,
    Strange,
    answering,
    broken,
    failures,
    look_at,
    report_on,
    result,
    silent,
    target,
)

if TYPE_CHECKING:
    from tests.verify.published import Published

MANY = 2000


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Certified:
    return Certified(tmp_path_factory.mktemp("certified"), LabAuthority("Public authority"))


def test_the_published_lab_passes_every_check(published: Published) -> None:
    report = published.verify(upload_bytes=1 << 20)
    assert [(one.target, one.code, one.seen) for one in report.results if one.status not in {"passed", "skipped"}] == []
    assert report.counts.passed > 150
    assert report.exit_status() == 0
    assert report.complete


def test_a_report_goes_to_json_and_comes_back(published: Published) -> None:
    report = published.verify(Selection(only=("tls",)))
    assert Report.model_validate_json(report.model_dump_json()) == report


def test_events_announce_every_check_and_end_with_the_report(published: Published) -> None:
    targets = targets_of_file(published.file, Scope(mapped=True))
    events = list(Verification(targets, look_at(published.root), selection=Selection(only=("tcp.https",))).events())
    first, last = events[0], events[-1]
    assert isinstance(first, Planned)
    assert isinstance(last, Finished)
    began = [(event.target, event.code) for event in events if isinstance(event, Began)]
    judged = [(event.result.target, event.result.code) for event in events if isinstance(event, Judged)]
    assert sorted(began) == sorted(judged) == sorted(first.checks)
    assert [branch.target for branch in last.report.branches] == [one.host for one in targets]


def test_one_fault_is_reported_once() -> None:
    report = report_on(free_port())
    assert failures(report) == ["tcp.https"]
    assert result(report, "tls.handshake").seen == "It cannot be judged without tcp.https, which failed."
    assert result(report, "tls.chain").seen == "It cannot be judged without tls.handshake, which was skipped."


def test_nothing_that_answers_is_status_1_and_nothing_that_was_tried_status_2() -> None:
    assert report_on(free_port()).exit_status() == 1
    report = Verification((target(free_port()),), look_at(), selection=Selection(only=("dns.resolves",))).report()
    assert report.exit_status() == 2


def test_a_port_that_never_accepts_is_told_and_waited_for_once() -> None:
    with NeverAccepts() as never:
        report = report_on(never.port)
    assert failures(report) == ["tcp.https"]
    assert "firewall drops" in result(report, "tcp.https").cause
    assert broken(report) == []


def test_a_server_that_accepts_and_never_answers() -> None:
    with Strange(silent) as waiting:
        report = report_on(waiting.port, patience=replace(HASTE, handshake_seconds=0.4))
    assert failures(report) == ["tls.handshake"]
    assert "says nothing" in result(report, "tls.handshake").cause
    assert broken(report) == []


def test_a_server_that_speaks_plain_http_where_tls_is_expected() -> None:
    with Strange(answering(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")) as plain:
        report = report_on(plain.port)
    assert failures(report) == ["tls.handshake"]
    assert "Something else than TLS" in result(report, "tls.handshake").cause


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\xff" * 500,
        b"HTTP/1.1 two hundred\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 300_000,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 50,
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]",
        b"HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n" + b'{"_links": [] ',
        b"HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\n" + b'{"Root": {"Links": [7]}}',
        b"HTTP/1.1 200 OK\r\nLocation: http://[::1\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://[::1\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_a_server_that_sends_garbage_over_tls(certified: Certified, data: bytes) -> None:
    with Strange(answering(data), certified.context()) as strange:
        report = report_on(strange.port, certified.root, skip=("behaviour.smuggling",))
    assert broken(report) == []
    assert "bridge.discovery" in failures(report)
    assert [code for code in failures(report) if code.startswith("tls.")] == []


def test_a_server_that_answers_tls_and_never_a_request(certified: Certified) -> None:
    with Strange(silent, certified.context()) as waiting:
        report = report_on(waiting.port, certified.root)
    assert failures(report) == ["bridge.discovery"]
    assert "waits" in result(report, "bridge.discovery").cause
    assert broken(report) == []


def test_a_redirect_loop_ends(certified: Certified) -> None:
    answer = b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"
    with Strange(answering(answer), certified.context()) as looping:
        meeting = target(looping.port, roles=("meet",))
        report = Verification((meeting,), look_at(certified.root)).report()
    assert failures(report) == ["service.meeting-page"]
    assert "redirect to one another" in result(report, "service.meeting-page").cause


def test_a_certificate_with_two_thousand_names_is_read(certified: Certified) -> None:
    names = [f"meet.domain{number}.example" for number in range(MANY)]
    with Strange(answering(b""), certified.context(*names)) as large:
        report = report_on(large.port, certified.root)
    assert failures(report)[:1] == ["tls.name"]
    assert result(report, "tls.name").seen.startswith(f"{MANY} names: meet.domain0.example")
    assert result(report, "tls.name").seen.endswith("and 1992 more")
    assert result(report, "tls.trust").status == "passed"


def test_without_any_network_it_ends_and_says_so() -> None:
    # A link-local address without its link goes nowhere, whatever network there is.
    look = network(Way(patience=HASTE, leads=(Leads("fe80::1"),)))
    report = Verification((target(443, plain=80),), look).report()
    assert failures(report) == ["tcp.https"]
    assert result(report, "tcp.https").cause
    assert broken(report) == []


def test_what_there_is_no_time_for_is_skipped_and_the_report_is_not_complete(certified: Certified) -> None:
    with Strange(answering(b""), certified.context()) as site:
        report = Verification((target(site.port),), look_at(certified.root), seconds=-1.0).report()
    assert {one.status for one in report.results} == {"skipped"}
    assert not report.complete


def test_a_check_that_breaks_ends_alone(certified: Certified) -> None:
    class Broken:
        def __call__(self, question: object) -> object:
            raise RuntimeError(f"nobody answers {question}")

    report = Verification((target(443),), Broken(), selection=Selection(only=("tcp.https", "tls.handshake"))).report()  # type: ignore[arg-type]
    assert result(report, "tcp.https").status == "unseen"
    assert "RuntimeError: nobody answers Connect" in result(report, "tcp.https").seen


def test_nothing_secret_is_in_a_report(certified: Certified) -> None:
    answer = (
        b"HTTP/1.1 418 Odd\r\nSet-Cookie: cwt_ucwa=verysecret; path=/\r\nWWW-Authenticate: NTLM TlRMTVNTUAACsecret\r\n"
        b"Content-Length: 0\r\n\r\n"
    )
    with Strange(answering(answer), certified.context()) as site:
        report = report_on(site.port, certified.root)
    text = report.model_dump_json()
    assert json.loads(text)["branches"][0]["target"] == HOST
    assert "Set-Cookie: cwt_ucwa=" in text
    assert "secret" not in text
