from __future__ import annotations

import re
import socket
import ssl
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bridgehead.lab.authority import LabAuthority
from bridgehead.lab.publication import Publication
from bridgehead.spec import Pool, Server
from bridgehead.verify.isolation.report import IsolationReport
from bridgehead.verify.isolation.run import check_isolation
from bridgehead.verify.isolation.stage import Limits, Means
from bridgehead.verify.isolation.target import pattern_of, target_of
from bridgehead.verify.isolation.text import as_text
from tests.end_to_end.free_port import free_port
from tests.end_to_end.published_pools import PublishedPools
from tests.verify.isolation.surroundings import LOOPBACK, Answering, Discreet, verdicts, with_ticket

if TYPE_CHECKING:
    from contextlib import ExitStack
    from pathlib import Path

    from tests.verify.isolation.surroundings import Surroundings

TWO_ROUNDS = Limits(rounds=2)
# The relay forgets to answer where a server has closed; that it was waited for long proves nothing.
IMPATIENT = Limits(rounds=1, patience=2.0)
TOKEN = re.compile(r"TlRMTVNT|YII?[A-Za-z0-9+/]{20}|[A-Za-z0-9+/]{60}")


def reload(surroundings: Surroundings) -> None:
    command = [sys.executable, "-m", "bridgehead", "reload", "--control", str(surroundings.control)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)


def transcript(report: IsolationReport) -> str:
    return "\n".join(line for played in report.scenarios for line in played.transcript)


# Through Bridgehead


def test_through_bridgehead_every_rule_that_can_be_seen_holds(surroundings: Surroundings) -> None:
    means = Means(
        post_path="/abs/handler", cut=surroundings.cut, reload=lambda: reload(surroundings), wrong_password=True
    )
    report = check_isolation(surroundings.published, surroundings.users, limits=TWO_ROUNDS, means=means)
    seen = verdicts(report)
    # 1 and 15 take a login in one leg; what stays inside cannot be seen at all.
    assert {rule for rule, verdict in seen.items() if verdict == "held"} == {
        *(2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 14, 17, 18, 19, 23, 24)
    }, report.model_dump_json(indent=1)
    assert {rule for rule, verdict in seen.items() if verdict == "unseen"} == {1, 4, 13, 15, 16, 20, 21, 22, 25}
    assert report.exit_status == 0


def test_with_tickets_both_triggers_hold(surroundings: Surroundings, stack: ExitStack, tmp_path: Path) -> None:
    pool = Pool(name="pool", servers=(Server(host=LOOPBACK, port=surroundings.ticket_site(stack).port),), tls=False)
    # The servers know the names of the deployment with its ports alone, so this proxy is spoken to by those.
    names = Publication(https_port=free_port(), http_port=free_port())
    proxy = PublishedPools(tmp_path, stack, names, LabAuthority("Outside"), [pool])
    target = replace(
        surroundings.published,
        address=(LOOPBACK, names.https_port),
        context=ssl.create_default_context(cafile=proxy.root),
    )
    users = [with_ticket(user) for user in surroundings.users]
    report = check_isolation(target, users, limits=TWO_ROUNDS)
    assert {verdicts(report)[rule] for rule in (1, 2, 3, 15)} == {"held"}, report.model_dump_json(indent=1)


# Through a relay that lends every connection to everybody


def test_a_careless_relay_is_found_out(surroundings: Surroundings, stack: ExitStack) -> None:
    report = check_isolation(surroundings.through_relay(stack), surroundings.users, limits=IMPATIENT)
    assert {rule for rule, verdict in verdicts(report).items() if verdict == "broken"} >= {1, 2, 3, 7, 15}
    assert report.exit_status == 1


def test_each_broken_rule_has_a_proof_that_ends_with_the_wrong_answer(
    surroundings: Surroundings, stack: ExitStack
) -> None:
    report = check_isolation(surroundings.through_relay(stack), surroundings.users, limits=IMPATIENT)
    (second,) = (rule for rule in report.rules if rule.number == 2)
    proof = second.evidence[0].transcript
    assert any("Authorization: NTLM type 3" in line for line in proof)
    assert re.search(r"< 200 .*X-Lab-User: CONTOSO\\(alice|bob)$", proof[-1]), proof
    named = second.evidence[0].sentence.split()[0].strip(",")
    assert proof[-1].startswith(named)


def test_without_names_the_status_tells_a_stranger_from_a_user(surroundings: Surroundings, stack: ExitStack) -> None:
    plain = surroundings.deployment.front_ends[0].plain
    assert plain is not None
    site = surroundings.run(stack, Discreet(plain.application))
    report = check_isolation(surroundings.through_relay(stack, site), surroundings.users, limits=IMPATIENT)
    assert "by status alone" in report.tells_by
    assert verdicts(report)[2] == "broken"


def test_a_pattern_tells_who_was_answered(surroundings: Surroundings) -> None:
    who = pattern_of(r'"user": "(?:[A-Z]+\\\\)?(\w+)"')
    report = check_isolation(surroundings.published, surroundings.users, limits=Limits(rounds=1), who=who)
    assert report.tells_by == "answers name the user"
    assert report.count("broken") == 0


def test_a_ticket_alone_finds_a_careless_relay(surroundings: Surroundings, stack: ExitStack) -> None:
    users = [replace(with_ticket(user), password="") for user in surroundings.users]
    target = surroundings.through_relay(stack, surroundings.ticket_site(stack))
    report = check_isolation(target, users, limits=IMPATIENT)
    assert {verdicts(report)[rule] for rule in (1, 2, 15)} == {"broken"}


# What there is not


def test_one_user_shows_what_one_user_can_show(surroundings: Surroundings) -> None:
    report = check_isolation(surroundings.published, surroundings.users[:1], limits=Limits(rounds=1))
    assert verdicts(report)[2] == "held"
    third = report.rules[2]
    assert (third.verdict, "it takes two users" in third.sentence) == ("unseen", True)


def test_one_user_spelled_twice_is_one_user(surroundings: Surroundings) -> None:
    alice, _ = surroundings.users
    again = replace(alice, name="alice@contoso.localhost")
    report = check_isolation(surroundings.published, [alice, again], limits=Limits(rounds=1, seconds=0.0))
    assert report.users == (alice.name,)


def test_without_users_nothing_is_claimed(surroundings: Surroundings) -> None:
    report = check_isolation(surroundings.published, [])
    assert {rule for rule, verdict in verdicts(report).items() if verdict == "held"} == {17, 18}
    assert (report.logins, report.exit_status) == (0, 0)


def test_a_wrong_password_is_sent_twice_at_most(surroundings: Surroundings) -> None:
    alice, _ = surroundings.users
    report = check_isolation(surroundings.published, [replace(alice, password="mistyped")])
    assert transcript(report).count("type 3") == 2
    assert report.exit_status == 2
    assert "the password is wrong, or" in report.trouble


def test_two_wrong_passwords_are_no_evidence_against_the_proxy(surroundings: Surroundings) -> None:
    wrong = [replace(user, password="mistyped") for user in surroundings.users]
    report = check_isolation(surroundings.published, wrong)
    assert (report.count("broken"), report.exit_status) == (0, 2)
    assert "both passwords are wrong" in report.trouble
    assert transcript(report).count("type 3") == 4


def test_a_second_user_who_never_gets_in_is_told(surroundings: Surroundings) -> None:
    alice, bob = surroundings.users
    users = [alice, replace(bob, password="mistyped")]
    report = check_isolation(surroundings.published, users, limits=Limits(rounds=1))
    assert (report.entered, report.shut_out) == ((alice.name,), (bob.name,))
    assert f"{bob.name} never got in" in as_text(report)


def test_the_site_itself_tells_a_wrong_password_from_a_proxys_fault(
    surroundings: Surroundings, stack: ExitStack
) -> None:
    alice, _ = surroundings.users
    plain = surroundings.deployment.front_ends[0].plain
    assert plain is not None
    means = Means(direct=surroundings.plain_target(plain.port))
    report = check_isolation(surroundings.published, [replace(alice, password="mistyped")], means=means)
    assert verdicts(report)[7] == "unseen"


def test_a_page_for_everybody_is_nothing_to_test(surroundings: Surroundings) -> None:
    report = check_isolation(surroundings.published.at("/meet"), surroundings.users)
    assert "no challenge by NTLM or Negotiate" in report.trouble
    assert report.exit_status == 2


def test_nobody_there_is_nothing_to_test(surroundings: Surroundings) -> None:
    with socket.create_server((LOOPBACK, 0)) as held:
        port = held.getsockname()[1]
    report = check_isolation(target_of(f"http://{LOOPBACK}:{port}/"), surroundings.users)
    assert "no connection" in report.trouble


def test_a_site_that_never_answers_ends_in_bounded_time(surroundings: Surroundings) -> None:
    with socket.create_server((LOOPBACK, 0)) as silent:
        target = target_of(f"http://{LOOPBACK}:{silent.getsockname()[1]}/")
        report = check_isolation(target, surroundings.users, limits=Limits(patience=0.2))
    assert report.exit_status == 2
    assert report.connections <= 5


def test_when_the_time_is_over_what_was_seen_is_told(surroundings: Surroundings) -> None:
    report = check_isolation(surroundings.published, surroundings.users, limits=Limits(seconds=0.0))
    assert any("are over" in played.ended for played in report.scenarios)


# Single properties


@pytest.mark.parametrize("joined", ["Negotiate, NTLM", 'Basic realm="a, b", NTLM'])
def test_schemes_on_one_line_are_found(
    surroundings: Surroundings, stack: ExitStack, tmp_path: Path, joined: str
) -> None:
    site = surroundings.run(stack, Answering(tmp_path, 401, ("WWW-Authenticate", "NTLM"), ("WWW-Authenticate", joined)))
    report = check_isolation(surroundings.plain_target(site.port), [])
    assert verdicts(report)[8] == "broken"


def test_another_protocol_in_alt_svc_is_found(surroundings: Surroundings, stack: ExitStack, tmp_path: Path) -> None:
    fields = [("WWW-Authenticate", "NTLM"), ("Alt-Svc", 'h3=":443"; ma=86400')]
    site = surroundings.run(stack, Answering(tmp_path, 401, *fields))
    assert verdicts(check_isolation(surroundings.plain_target(site.port), []))[17] == "broken"


def test_never_more_connections_at_once_than_allowed(surroundings: Surroundings) -> None:
    report = check_isolation(surroundings.published, surroundings.users, limits=Limits(connections=5, rounds=1))
    assert report.at_once <= 5
    assert verdicts(report)[6] == "held"


def test_nothing_secret_is_in_the_report(surroundings: Surroundings, stack: ExitStack) -> None:
    users = [with_ticket(user) for user in surroundings.users]
    for target in (surroundings.published, surroundings.through_relay(stack, surroundings.ticket_site(stack))):
        text = check_isolation(target, users, limits=IMPATIENT).model_dump_json()
        assert not TOKEN.search(text)
        assert not any(user.password in text or user.token in text for user in users)
        assert "NTLM type 3" in text


def test_a_report_is_the_same_after_json(surroundings: Surroundings) -> None:
    report = check_isolation(surroundings.published, [])
    assert IsolationReport.model_validate_json(report.model_dump_json()) == report
