"""Lync Mobile: discovery in JSON, a password for a token, an UCWA application and its long poll."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from bridgehead.lab.clients import discovery, sign_in
from bridgehead.lab.clients.walk import expect, target_of

if TYPE_CHECKING:
    from bridgehead.lab.clients.walk import Chain, Walk
    from bridgehead.lab.http_client import HttpConnection

_NEW_APPLICATION = json.dumps(
    {"UserAgent": "Lync Mobile", "EndpointId": "1cd0f4e2-5a16-4c4e-9ee5-b5f1bd6a5b37", "Culture": "en-US"}
).encode()

_PATIENCE_SECONDS = 20
_GLANCE_SECONDS = 0.02


def _over_http(walk: Walk) -> None:
    discovery.over_http(walk, "json")


def _sign_in_and_wait(walk: Walk) -> None:
    links = discovery.over_https(walk, "json")
    token = sign_in.bearer_token(walk, links["OAuth"], walk.world.users[0])
    bearer = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    application = _application(walk, _applications_url(walk, links["OAuth"], bearer), bearer)
    _hold(walk, application, bearer)
    _replace_and_wake(walk, application, bearer)


def _applications_url(walk: Walk, url: str, bearer: dict[str, str]) -> str:
    with walk.step("UCWA user", url, "200 with the applications' URL") as step:
        answer = walk.fetch(url, fields=bearer)
        expect(answer.status == 200, f"{answer.status}")
        step.seen = "200, applications"
        return str(json.loads(answer.body)["_links"]["applications"]["href"])


def _application(walk: Walk, url: str, bearer: dict[str, str]) -> str:
    with walk.step("UCWA application", url, "201 with an event channel and a cookie") as step:
        content_type = {"Content-Type": "application/json"}
        answer = walk.fetch(url, "POST", body=_NEW_APPLICATION, fields={**bearer, **content_type})
        cookie = answer.fields.get("Set-Cookie").startswith("cwt_ucwa=")
        expect(answer.status == 201 and cookie, f"{answer.status}, cookie: {cookie}")
        step.seen = "201, cookie"
        own: str = json.loads(answer.body)["_links"]["self"]["href"]
        return url.removesuffix(target_of(url)) + own


def _hold(walk: Walk, application: str, bearer: dict[str, str]) -> None:
    seconds = walk.world.poll_seconds
    url = f"{application}/events?ack=1&timeout={seconds:g}"
    with walk.step("event poll", url, f"held for {seconds:g} s, then 200") as step:
        started = time.monotonic()
        answer = walk.fetch(url, fields=bearer)
        held = time.monotonic() - started
        expect(answer.status == 200 and held >= seconds, f"{answer.status} after {held:.1f} s")
        step.seen = f"200 after {held:.1f} s"


def _replace_and_wake(walk: Walk, application: str, bearer: dict[str, str]) -> None:
    url = f"{application}/events?ack=2&timeout={_PATIENCE_SECONDS}"
    expected = "one poll 409 PGetReplaced, the other woken by an event"
    with walk.step("two polls, an event", url, expected) as step, walk.connect(url) as one, walk.connect(url) as other:
        for connection in (one, other):
            connection.send("GET", target_of(url), fields=bearer)
        first, second = _in_order_of_answers(one, other)
        replaced = first.receive()
        expect(replaced.status == 409 and "PGetReplaced" in replaced.text, f"replaced poll: {replaced.status}")
        walk.fetch(f"{application}/reportMyActivity", "POST", body=b"", fields=bearer)
        woken = second.receive()
        expect(woken.status == 200 and json.loads(woken.body)["sender"], f"waiting poll: {woken.status}")
        step.seen = "409 PGetReplaced, then 200"


def _in_order_of_answers(one: HttpConnection, other: HttpConnection) -> tuple[HttpConnection, HttpConnection]:
    """The connection that is answered first, then the other: which poll reached the pool last is not ours to say."""
    while True:
        if one.answered_within(_GLANCE_SECONDS):
            return one, other
        if other.answered_within(_GLANCE_SECONDS):
            return other, one


CHAINS: tuple[Chain, ...] = (_over_http, _sign_in_and_wait)
