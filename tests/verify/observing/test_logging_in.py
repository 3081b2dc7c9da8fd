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
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surroundings]:
    with ExitStack() as stack:
        yield published(tmp_path_factory.mktemp("published"), stack)


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
    assert kept.failure is not None
    assert "could lock" in kept.failure.detail


def test_nobody_logs_in_at_a_server_that_is_not_verified(surroundings: Surroundings) -> None:
    for site in surroundings.deployment.sites:
        site.record.clear()
    alice, _ = surroundings.users
    seen = look(surroundings, alice, trusted=False)(LogIn(url(surroundings, "/abs/"), "NTLM"))
    assert seen.failure is not None
    assert not [event for site in surroundings.deployment.sites for event in site.record.events()]


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
