from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

if TYPE_CHECKING:
    from bridgehead.lab.http_client import HttpConnection
    from tests.lab.conftest import Inside

APPLICATIONS = "/ucwa/oauth/v1/applications"


@pytest.fixture
def bearer(inside: Inside) -> dict[str, str]:
    alice = inside.deployment.user("alice")
    form = {"grant_type": "password", "username": alice.account, "password": alice.password}
    answer = inside.connect().request("POST", "/WebTicket/oauthtoken", body=urlencode(form).encode())
    return {"Authorization": f"Bearer {json.loads(answer.body)['access_token']}"}


@pytest.fixture
def application(inside: Inside, bearer: dict[str, str]) -> str:
    answer = inside.connect().request("POST", APPLICATIONS, body=b"{}", fields=bearer)
    assert answer.status == 201
    assert answer.fields.get("Set-Cookie").startswith("cwt_ucwa=")
    own: str = json.loads(answer.body)["_links"]["self"]["href"]
    return own


def events(connection: HttpConnection) -> dict[str, Any]:
    answer = connection.receive()
    assert answer.status == 200
    document: dict[str, Any] = json.loads(answer.body)
    return document


def test_nothing_is_to_be_had_without_a_token(inside: Inside, application: str) -> None:
    assert inside.connect().request("POST", APPLICATIONS, body=b"{}").status == 401
    assert inside.connect().request("GET", application).status == 401


def test_a_poll_is_held_for_its_time_and_leads_to_the_next(
    inside: Inside, bearer: dict[str, str], application: str
) -> None:
    connection = inside.connect()
    started = time.monotonic()
    connection.send("GET", f"{application}/events?ack=3&timeout=0.3", fields=bearer)
    document = events(connection)
    assert time.monotonic() - started >= 0.3
    assert document["_links"]["next"]["href"] == f"{application}/events?ack=4"
    assert document["sender"] == []


def test_a_poll_that_is_replaced_gets_409_and_the_new_one_the_event(
    inside: Inside, bearer: dict[str, str], application: str
) -> None:
    first, second = inside.connect(), inside.connect()
    for connection in (first, second):
        connection.send("GET", f"{application}/events?ack=1&timeout=25", fields=bearer)
    while not (first.answered_within(0.02) or second.answered_within(0.02)):
        pass
    replaced, waiting = (first, second) if first.answered_within(0.02) else (second, first)
    answer = replaced.receive()
    assert (answer.status, json.loads(answer.body)["subcode"]) == (409, "PGetReplaced")
    assert not waiting.answered_within(0.02)
    inside.connect().request("POST", f"{application}/reportMyActivity", body=b"", fields=bearer)
    assert events(waiting)["sender"]


def test_an_event_waits_for_the_next_poll(inside: Inside, bearer: dict[str, str], application: str) -> None:
    connection = inside.connect()
    assert connection.request("POST", f"{application}/reportMyActivity", body=b"", fields=bearer).status == 204
    connection.send("GET", f"{application}/events?ack=1&timeout=25", fields=bearer)
    assert events(connection)["sender"]


def test_every_server_of_the_pool_knows_the_application(
    inside: Inside, bearer: dict[str, str], application: str
) -> None:
    other = inside.deployment.front_ends[1].external
    assert inside.connect(site=other).request("GET", application, fields=bearer).status == 200


def test_an_application_that_has_ended_is_not_found(inside: Inside, bearer: dict[str, str], application: str) -> None:
    connection = inside.connect()
    assert connection.request("DELETE", application, fields=bearer).status == 204
    answer = connection.request("GET", f"{application}/events?ack=1", fields=bearer)
    assert (answer.status, json.loads(answer.body)["subcode"]) == (404, "ApplicationNotFound")
