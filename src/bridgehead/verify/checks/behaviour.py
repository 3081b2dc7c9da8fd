"""Behaviour: large, late and unusual requests come through as clients need them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.verify.checks.answers import by_server, head_of, likely_cause
from bridgehead.verify.checks.clients import DESKTOP, GUESTS, MOBILE, WEB_APP
from bridgehead.verify.observing.questions import Answer, Fetch, Upload
from bridgehead.verify.registry import check
from bridgehead.verify.targets import LYNC_POOLS
from bridgehead.verify.verdicts import Verdict, failed, passed, unseen, warning

if TYPE_CHECKING:
    from bridgehead.verify.observing.question import Look
    from bridgehead.verify.targets import Target

UPLOADS = "/DataCollabWeb/upload"
"""Where clients upload what they show; without a ticket the server refuses, having read or not."""
_SMALL = 4096
_PATIENCE = 30.0
"""Seconds that a poll's answer may come later than asked for."""


def uploads(target: Target) -> bool | str:
    """Whether something can be uploaded."""
    if target.https_port is None or not target.has("front-end"):
        return False
    return target.publishes(UPLOADS) or f"The file does not publish {UPLOADS} of this name."


@check(
    "behaviour.large-upload",
    title="Large uploads pass",
    tries=f"POST a large body to {UPLOADS}, by its length.",
    expects="The server's own answer, after the whole body or before; never 413.",
    why="Meeting content has hundreds of megabytes; a proxy that limits or buffers bodies stops it.",
    clients=(DESKTOP, WEB_APP, GUESTS),
    applies=uploads,
    after=("tls.handshake", "bridge.host", "bridge.discovery"),
)
def large_upload(target: Target, look: Look) -> Verdict:
    """32 MiB unless somebody wishes more."""
    size = target.scope.upload_bytes
    url = target.url(UPLOADS)
    return judge_upload(look(Upload(url, size)), url, size)


def judge_upload(answer: Answer, url: str, size: int) -> Verdict:
    """What became of a body of this size."""
    tried = f"POST {url}, {size} bytes"
    whole = answer.sent_bytes >= size
    told = f"{answer.summary()}, {answer.sent_bytes} of {size} bytes taken, {answer.milliseconds / 1000:.1f} s"
    if answer.status == 413:
        return failed(
            told,
            "The proxy, or IIS in front of the service, limits the size of a body.",
            "Set no limit at the proxy for these names: client_max_body_size 0 in nginx, requestLimits in ARR's IIS.",
            tried=tried,
            evidence=head_of(answer),
        )
    if not answer.status or answer.status >= 500:
        cause, mend = likely_cause(answer, url)
        if answer.sent_bytes:
            cause = f"The upload ended after {answer.sent_bytes} bytes: a time limit, a limit of size, or a full disk."
            mend = "Let the proxy stream bodies (no request buffering), with no limit of size and of total time."
        return failed(told, cause, mend, tried=tried, evidence=head_of(answer))
    if whole or answer.status == 200:
        return passed(told, tried=tried)
    return unseen(
        f"{told}: the server refused before it had read everything",
        tried=tried,
        mend="With a ticket it would read on; try a real meeting.",
    )


@check(
    "behaviour.expect-continue",
    title="Expect: 100-continue is answered",
    tries=f"POST to {UPLOADS} with Expect: 100-continue, waiting for the interim answer before the body.",
    expects="100 Continue, or the final answer at once.",
    why=".NET clients send it with every POST, and wait.",
    clients=(DESKTOP, "services on .NET"),
    applies=uploads,
    after=("tls.handshake", "bridge.host", "bridge.discovery"),
)
def expect_continue(target: Target, look: Look) -> Verdict:
    """RFC 9110 section 10.1.1."""
    url = target.url(UPLOADS)
    answer = look(Upload(url, _SMALL, expect_continue=True))
    told = f"interim {', '.join(map(str, answer.interim)) or 'none'}, then {answer.summary()}"
    if answer.status == 417 or not answer.status or answer.status >= 500:
        return failed(
            told,
            "The proxy does not know the expectation, or keeps it from the server and never answers it itself.",
            "Let the proxy pass Expect on, and the server's 100 back.",
            evidence=head_of(answer),
        )
    if 100 in answer.interim or answer.sent_bytes == 0:
        return passed(told)
    return warning(
        told,
        "Nobody answered the expectation; the client went on by itself.",
        "Let the proxy pass Expect on: each POST of .NET clients waits a third of a second otherwise.",
    )


@check(
    "behaviour.chunked-upload",
    title="Chunked bodies pass",
    tries=f"POST to {UPLOADS} with Transfer-Encoding: chunked.",
    expects="The server's own answer; never 411 or 501.",
    why="Clients that do not know a length send chunks.",
    clients=(WEB_APP, MOBILE),
    applies=uploads,
    after=("tls.handshake", "bridge.host", "bridge.discovery"),
)
def chunked_upload(target: Target, look: Look) -> Verdict:
    """RFC 9112 section 7.1."""
    answer = look(Upload(target.url(UPLOADS), _SMALL, chunked=True))
    if answer.status in {400, 411, 501} or not answer.status or answer.status >= 500:
        return failed(
            answer.summary(),
            "The proxy takes no bodies of unknown length, or passes them on wrongly.",
            "Let it pass chunked request bodies on as they are.",
            evidence=head_of(answer),
        )
    return passed(answer.summary())


def with_poll(target: Target) -> bool | str:
    """Whether there is something to wait for here."""
    if target.https_port is None or not target.has(*LYNC_POOLS):
        return False
    if not target.scope.poll_seconds:
        return "Only with --long, because it takes twenty minutes."
    if f"https://{target.host}" not in target.scope.poll_url:
        return "No URL that waits is given for this name (--poll-url); with credentials the sign-in has its own poll."
    return True


@check(
    "behaviour.long-poll",
    title="Requests are held as long as clients hold them",
    tries="GET a URL that answers after 200 s, and one after 960 s (--long).",
    expects="The answer, when its time has come.",
    why="Lync Mobile's requests wait for events; the proxy's time-out must be 200 s or more, 960 s for mobile clients "
    '("Deploy and configure mobility for Skype for Business Server").',
    clients=(MOBILE, WEB_APP),
    applies=with_poll,
    after=("tls.handshake", "bridge.host"),
)
def long_poll(target: Target, look: Look) -> Verdict:
    """Each wished duration, at a URL that was given for it."""
    seen = []
    for seconds in target.scope.poll_seconds:
        url = target.scope.poll_url.replace("{seconds}", f"{seconds:g}")
        verdict = judge_poll(look(Fetch(url, wait_seconds=seconds + _PATIENCE)), url, seconds)
        if verdict.status != "passed":
            return verdict
        seen.append(verdict.seen)
    return passed("; ".join(seen))


def judge_poll(answer: Answer, url: str, seconds: float) -> Verdict:
    """Whether a request that should take so many seconds did, and was answered well."""
    waited = answer.head_milliseconds / 1000 or answer.milliseconds / 1000
    tried = f"GET {url}, held for {seconds:g} s"
    told = f"{answer.summary()} after {waited:.1f} s"
    if answer.status and answer.status < 400 and waited >= seconds * 0.95:
        return passed(told, tried=tried)
    if waited < seconds * 0.95 and (not answer.status or answer.status in {408, 502, 503, 504}):
        return failed(
            told,
            f"Something on the way waits {waited:.0f} s for an answer, and no longer: the proxy, or a firewall that "
            "drops silent connections.",
            "Raise the proxy's time-out for answers to 1,830 s (at least 960 s), and idle time-outs of firewalls and "
            "load balancers on the way to 1,800 s or more.",
            tried=tried,
            expected=f"The answer after {seconds:g} s.",
            evidence=head_of(answer),
        )
    if not answer.status:
        cause, mend = likely_cause(answer, url)
        return failed(told, cause, mend, tried=tried, evidence=head_of(answer))
    who = "the server" if by_server(answer) else "somebody"
    return unseen(f"{told}: {who} did not hold the request", tried=tried)
