"""Logins and the sign-in against the laboratory, through Bridgehead."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bridgehead.verify.observing.logging_in import KeepApart, LogIn
from bridgehead.verify.observing.network import network
from bridgehead.verify.observing.signing_in import SignIn
from bridgehead.verify.observing.ways import Leads, Way
from tests.verify.isolation.surroundings import LOOPBACK, Surroundings, published

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.verify.credentials import User
    from bridgehead.verify.observing.ntlm import Scheme
    from bridgehead.verify.observing.observer import Observer


@pytest.fixture(scope="module")
def _surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surroundings]:
    with ExitStack() as stack:
        yield published(tmp_path_factory.mktemp("published"), stack)


@pytest.fixture
def surroundings(_surroundings: Surroundings) -> Surroundings:
    _surroundings.forgive()
    return _surroundings


def look(surroundings: Surroundings, *users: User, trusted: bool = True) -> Observer:
    roots = (surroundings.deployment.outside_root if trusted else surroundings.deployment.inside_root,)
    known = tuple(replace(user, sip_address=f"{user.short}@contoso.localhost") for user in users)
    return network(Way(leads=(Leads(LOOPBACK),), roots=roots, users=known))


def url(surroundings: Surroundings, path: str) -> str:
    names = surroundings.deployment.publication
    return names.url(names.web, path)


@pytest.mark.parametrize("scheme", ["NTLM", "Negotiate"])
def test_a_login_and_the_request_after_it(surroundings: Surroundings, scheme: Scheme) -> None:
    alice, _ = surroundings.users
    seen = look(surroundings, alice)(LogIn(url(surroundings, "/abs/"), scheme))
    assert (seen.status, seen.named, seen.kept, seen.failure) == (200, alice.name, True, None)


def test_a_wrong_password_is_refused_twice_in_a_whole_run(surroundings: Surroundings) -> None:
    alice, bob = surroundings.users
    observe = look(surroundings, replace(alice, password="mistyped"), bob)
    paths = [url(surroundings, path) for path in ("/abs/", "/abs/handler", "/GroupExpansion/service.svc")]
    statuses = [observe(LogIn(path, "NTLM")).status for path in paths]
    assert statuses == [401, 401, 0]
    kept = observe(KeepApart(paths[0]))
    assert kept.report is not None
    assert (kept.left_out, kept.report.users) == ((alice.name,), (bob.name,))


def test_a_shield_that_holds_logins_back_is_told_and_nobody_is_tried_again(surroundings: Surroundings) -> None:
    alice, bob = surroundings.users
    names, page = surroundings.deployment.publication, url(surroundings, "/abs/")
    mistyped = look(surroundings, replace(alice, password="mistyped"))
    assert [mistyped(LogIn(each, "NTLM")).status for each in (page, url(surroundings, "/abs/handler"))] == [401, 401]
    signed_in = look(surroundings, alice)(SignIn(names.url(names.discovery, "/"), poll_seconds=0.5)).steps[-1]
    observe = look(surroundings, alice, bob)
    first, second = (observe(LogIn(page, scheme)).failure for scheme in ("NTLM", "Negotiate"))
    kept = observe(KeepApart(page)).report
    assert signed_in.failure is not None
    assert first is not None
    assert kept is not None
    assert (signed_in.name, signed_in.failure.kind, first.kind) == ("web-ticket", "held-back", "held-back")
    assert first.detail.startswith("alice-1 was answered with 429 (Retry-After: ")
    assert (second, kept.held_back, kept.count("broken")) == (first, first.detail, 0)


def test_two_wrong_passwords_are_refused_twice_each_whatever_is_asked_for(surroundings: Surroundings) -> None:
    wrong = [replace(user, password="mistyped") for user in surroundings.users]
    observe = look(surroundings, *wrong)
    names = surroundings.deployment.publication
    pages = [url(surroundings, path) for path in ("/abs/", "/abs/handler")]
    told = [seen.report for page in pages if (seen := observe(KeepApart(page))).report is not None]
    proofs = [line for one in told for played in one.scenarios for line in played.transcript if "type 3" in line]
    assert sorted(line.partition("-")[0] for line in proofs) == ["alice", "alice", "bob", "bob"]
    again = observe(KeepApart(pages[1]))
    login = observe(LogIn(pages[1], "NTLM"))
    signed_in = observe(SignIn(names.url(names.discovery, "/"), poll_seconds=0.5)).steps[-1]
    for failure in (again.failure, login.failure, signed_in.failure):
        assert failure is not None
        assert "could lock" in failure.detail


def test_a_second_user_who_is_refused_is_not_tried_for_another_name(surroundings: Surroundings) -> None:
    alice, bob = surroundings.users
    observe = look(surroundings, alice, replace(bob, password="mistyped"))
    first, second = (observe(KeepApart(url(surroundings, path))) for path in ("/abs/", "/abs/handler"))
    assert first.report is not None
    assert second.report is not None
    assert (first.report.entered, first.report.shut_out, first.report.refused) == (
        (alice.name,),
        (bob.name,),
        (bob.name,),
    )
    assert (second.report.users, second.left_out) == ((alice.name,), (bob.name,))
    assert second.report.logins > 0


def test_nobody_logs_in_at_a_server_that_is_not_verified(surroundings: Surroundings) -> None:
    for site in surroundings.deployment.sites:
        site.record.clear()
    alice, _ = surroundings.users
    seen = look(surroundings, alice, trusted=False)(LogIn(url(surroundings, "/abs/"), "NTLM"))
    assert seen.failure is not None
    assert not [event for site in surroundings.deployment.sites for event in site.record.events()]


def test_given_roots_replace_those_of_the_system_for_whoever_logs_in(
    surroundings: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # OpenSSL reads the system's roots from there, so that this machine trusts the authority of the published names.
    monkeypatch.setenv("SSL_CERT_FILE", str(surroundings.deployment.outside_root))
    alice, _ = surroundings.users
    page = LogIn(url(surroundings, "/abs/"), "NTLM")
    assert look(surroundings, alice, trusted=False)(page).failure is not None
    by_the_system = network(Way(leads=(Leads(LOOPBACK),), users=(alice,)))(page)
    assert (by_the_system.failure, by_the_system.status) == (None, 200)


def test_two_users_stay_apart(surroundings: Surroundings) -> None:
    seen = look(surroundings, *surroundings.users)(KeepApart(url(surroundings, "/abs/")))
    assert seen.report is not None
    assert (seen.report.count("broken"), seen.report.logins > 10) == (0, True)


def test_a_whole_sign_in(surroundings: Surroundings) -> None:
    alice, _ = surroundings.users
    names = surroundings.deployment.publication
    seen = look(surroundings, alice)(SignIn(names.url(names.discovery, "/"), poll_seconds=0.5))
    told = [(step.name, step.good) for step in seen.steps]
    names_of_steps = ["discovery", "way", "web-ticket", "user-document", "token", "application", "poll"]
    assert told == [(name, True) for name in names_of_steps], seen.model_dump_json(indent=1)
    text = seen.model_dump_json()
    assert alice.password not in text
    assert "cwt=" not in text


def test_somebody_elses_address_gets_no_ticket(surroundings: Surroundings) -> None:
    alice, _ = surroundings.users
    names = surroundings.deployment.publication
    way = Way(
        leads=(Leads(LOOPBACK),),
        roots=(surroundings.deployment.outside_root,),
        users=(replace(alice, sip_address="bob@contoso.localhost"),),
    )
    seen = network(way)(SignIn(names.url(names.discovery, "/"), poll_seconds=0.5))
    assert (seen.steps[-1].name, seen.steps[-1].good) == ("web-ticket", False)
    assert "claimed SIP address" in seen.steps[-1].seen
