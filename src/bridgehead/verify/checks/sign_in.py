"""The whole sign-in with credentials: web ticket, the user's document, an UCWA application, its event channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.verify.checks.bridge import discovers, root_path
from bridgehead.verify.checks.clients import DESKTOP, MOBILE, STORE
from bridgehead.verify.checks.logins import NO_CREDENTIALS, held_back
from bridgehead.verify.observing.signing_in import SignIn, SignInSeen, Step
from bridgehead.verify.registry import check
from bridgehead.verify.verdicts import Verdict, failed, passed, skipped, unseen

if TYPE_CHECKING:
    from bridgehead.verify.observing.question import Look
    from bridgehead.verify.targets import Target

_AFTER = ("tls.handshake", "bridge.discovery")
_USUAL_POLL_SECONDS = 5.0
"""Where no other length is asked for: long enough to see that it is held at all."""


@check(
    "signin.web-ticket",
    title="A Windows login gets a web ticket",
    tries="GET the user's document without a ticket, which names the web ticket service; RST/Issue there with a "
    "Windows login, the body with its last leg.",
    expects="200 with a SAML assertion.",
    why="Desktop clients get every service's ticket there (MS-OCAUTHWS). A proxy that cannot pass NTLM with a body, or "
    "asks for a login of its own, stops them here.",
    clients=(DESKTOP, STORE),
    applies=discovers,
    after=_AFTER,
)
def web_ticket(target: Target, look: Look) -> Verdict:
    """The ticket."""
    return _judge(
        target,
        look,
        "web-ticket",
        "The login's legs do not reach the server over one connection, the body is lost on the way, or the service is "
        "not published.",
        "Publish /WebTicket/* with pass-through authentication; see login.ntlm and login.negotiate.",
    )


@check(
    "signin.user-document",
    title="The ticket opens the user's document",
    tries="GET the User link with X-MS-WebTicket.",
    expects="200 with the user's links.",
    why="It tells clients where their home pool's services are (MS-OCDISCWS).",
    clients=(DESKTOP, STORE, MOBILE),
    applies=discovers,
    after=_AFTER,
)
def user_document(target: Target, look: Look) -> Verdict:
    """The document."""
    verdict = _judge(
        target,
        look,
        "user-document",
        "The proxy removes X-MS-WebTicket, limits the length of header fields, or leads to another pool.",
        "Pass every request field on; allow 16 KiB for one, as tickets are long.",
    )
    step = look(_question(target)).step("user-document")
    if verdict.status != "passed" or step is None or step.access_location.lower() != "internal":
        return verdict
    return failed(
        verdict.seen,
        "The request reached the internal web site: the proxy goes to port 443 of the server instead of 4443.",
        "Lead the rule to port 4443 of the Front End pool.",
        tried=verdict.tried,
    )


@check(
    "signin.ucwa-application",
    title="UCWA creates an application",
    tries="A bearer token by a Windows login at the endpoint that the 401 names, then POST to the applications' URL.",
    expects="200 with a token, then 201 with an event channel.",
    why='Mobile clients work through it ("CreateAnApplication" of the UCWA documentation).',
    clients=(MOBILE,),
    applies=discovers,
    after=_AFTER,
)
def ucwa_application(target: Target, look: Look) -> Verdict:
    """The token and the application."""
    seen = look(_question(target))
    broken = seen.step("token")
    if broken is not None and not broken.good and not _left_untried(broken) and not _was_held_back(broken):
        return failed(
            f"no token: {broken.seen}",
            "The second WWW-Authenticate line (MsRtcOAuth) is lost on the way, or the Windows login there.",
            "Pass both WWW-Authenticate lines on; publish /WebTicket/* with pass-through authentication.",
            tried=broken.tried,
        )
    return _judge(
        target,
        look,
        "application",
        "/ucwa is not published, or POST is not allowed, or the Authorization field is removed.",
        "Publish all of /*, with every method and field.",
    )


@check(
    "signin.event-channel",
    title="The event channel's poll is held",
    tries="GET the application's events with a time-out: five seconds, or what --poll-seconds or --long say.",
    expects="Held for so long, then 200.",
    why="Clients wait there for messages and calls. Set the proxy's time-out to 200 s at least, and to 960 s for Lync "
    'Mobile ("Deploying mobility in Lync Server 2013").',
    clients=(MOBILE,),
    applies=discovers,
    after=_AFTER,
)
def event_channel(target: Target, look: Look) -> Verdict:
    """The poll."""
    verdict = _judge(
        target,
        look,
        "poll",
        "The proxy gives up on an answer that takes its time.",
        "Raise its time-out for answers to 960 s: proxy_read_timeout in nginx, timeout server in HAProxy, the web "
        "listener's and the farm's time-out in ARR.",
    )
    step = look(_question(target)).step("poll")
    if verdict.status == "passed" and step is not None and not step.held:
        return unseen(f"{verdict.seen}: it was never held to its end", tried=verdict.tried)
    return verdict


def _question(target: Target) -> SignIn:
    longest = max(target.scope.poll_seconds, default=_USUAL_POLL_SECONDS)
    return SignIn(target.url(root_path(target)), longest)


def _left_untried(step: Step) -> bool:
    """Whether it was we who did not log in."""
    return step.failure is not None and step.failure.kind in {"cannot-try", "tls"}


def _was_held_back(step: Step) -> bool:
    return step.failure is not None and step.failure.kind == "held-back"


def _judge(target: Target, look: Look, name: str, cause: str, mend: str) -> Verdict:
    seen = look(_question(target))
    if seen.failure is not None:
        told = seen.failure.detail
        return skipped(NO_CREDENTIALS if told.startswith("No credentials") else told)
    step = seen.step(name)
    ended_at = step or (seen.steps[-1] if seen.steps else None)
    if ended_at is not None and _was_held_back(ended_at):
        return held_back(ended_at.seen, tried=ended_at.tried)
    if step is None:
        return skipped(_ended_before(seen))
    if _left_untried(step):
        return skipped(step.seen)
    if not step.good:
        return failed(step.seen, cause, mend, tried=step.tried, evidence=_told(seen))
    return passed(step.seen, tried=step.tried)


def _ended_before(seen: SignInSeen) -> str:
    last = seen.steps[-1] if seen.steps else None
    return f"The sign-in ended before, at {last.name}: {last.seen}" if last else "The sign-in did not begin."


def _told(seen: SignInSeen) -> tuple[str, ...]:
    return tuple(f"{step.tried}: {step.seen}" for step in seen.steps)
