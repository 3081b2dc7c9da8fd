"""Windows authentication through the proxy: the challenge, a login over one connection, and nobody else's answers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bridgehead.verify.checks.answers import head_of, likely_cause
from bridgehead.verify.checks.clients import DESKTOP, PHONES, STORE, WEB_APP
from bridgehead.verify.credentials import short_name
from bridgehead.verify.isolation.held_back import WHAT_IT_IS, WHAT_TO_DO
from bridgehead.verify.isolation.standing import why_left_alone
from bridgehead.verify.observing.logging_in import KeepApart, LogIn
from bridgehead.verify.observing.questions import Fetch
from bridgehead.verify.registry import check
from bridgehead.verify.targets import LYNC_POOLS
from bridgehead.verify.verdicts import Verdict, failed, passed, skipped, unseen

if TYPE_CHECKING:
    from bridgehead.verify.isolation.report import IsolationReport
    from bridgehead.verify.observing.ntlm import Scheme
    from bridgehead.verify.observing.question import Failure, Look
    from bridgehead.verify.targets import Target

CLIENTS = (DESKTOP, STORE, WEB_APP, PHONES)
_ENOUGH_LINES = 20
NO_CREDENTIALS = "Nobody can log in without --credentials-file or --ask-credentials."
_QUOTED = re.compile(r'"[^"]*"')
_SECOND_SCHEME = re.compile(r",\s*(?:NTLM|Negotiate|Nego2|Kerberos|Basic|Digest|Bearer)\b(?!\s*=)", re.IGNORECASE)
_BIND = (
    "Let the proxy bind the server's connection to the client's: no pooling of connections that carried a login. "
    "nginx: no upstream keepalive without the ntlm directive; Envoy: connection_pool_per_downstream_connection; "
    "HAProxy: http-reuse never where Kerberos is used. `bridgehead ntlm-check` shows every rule."
)

_REFUSED = "The password is wrong or the account is locked, or the legs of this login went over different connections."
_TRY_DIRECTLY = (
    "Try the same account at the server itself. If it is right, let the proxy keep one connection to the server for "
    "each client; if not, correct the credentials and verify again."
)
_LENT = "The proxy lends a server's connection to others after somebody has logged in on it."
_BROKEN_OTHERWISE = "The proxy does not keep a login together with the connection that it was made on."
_LENDING = {1, 2, 3, 12, 15}
"""Rules whose breach answers one as another."""


def page_of(target: Target) -> str:
    """A page that asks for a Windows login, or nothing where the name has none that is known."""
    for path, roles in (("/abs/", LYNC_POOLS), ("/EWS/Exchange.asmx", {"exchange"})):
        if target.has(*roles) and target.publishes(path):
            return path
    return ""


def asks_for_logins(target: Target) -> bool:
    """Whether there is such a page, with TLS."""
    return target.https_port is not None and bool(page_of(target))


@check(
    "login.challenge",
    title="The challenge comes with a line for each scheme",
    tries="GET a page that asks for a Windows login (/abs/, EWS) without credentials, and read the WWW-Authenticate "
    "lines as they come.",
    expects="401, with Negotiate and NTLM on lines of their own.",
    why="Clients misread `Negotiate, NTLM` on one line, and ask for the password for ever (RFC 9110 section 11.6.1 "
    "allows the list; IIS never sends it).",
    clients=CLIENTS,
    applies=asks_for_logins,
    after=("tls.handshake", "bridge.host", "bridge.discovery"),
)
def challenge(target: Target, look: Look) -> Verdict:
    """What a stranger gets."""
    url = target.url(page_of(target))
    answer = look(Fetch(url))
    lines = answer.all("WWW-Authenticate")
    joined = next((line for line in lines if _SECOND_SCHEME.search(_QUOTED.sub("", line))), "")
    if answer.status == 429:
        return held_back(answer.summary(), tried=f"GET {url}", evidence=head_of(answer))
    if answer.status != 401:
        cause, mend = likely_cause(answer, url)
        if answer.status == 200:
            cause = "The page does not ask for a login, or the proxy lends somebody's connection to strangers."
            mend = _BIND
        return failed(answer.summary(), cause, mend, tried=f"GET {url}", evidence=head_of(answer))
    if joined:
        return failed(
            f"WWW-Authenticate: {joined}",
            "The proxy joins lines of one name.",
            "Pass header lines on as they come; do not collect them in a table by name.",
            tried=f"GET {url}",
            evidence=head_of(answer),
        )
    if not any(line.lower().startswith(("ntlm", "negotiate")) for line in lines):
        return failed(
            f"401 with {', '.join(lines) or 'no WWW-Authenticate line'}",
            "The proxy removes the challenge, or asks for a login of its own (pre-authentication).",
            "Authentication delegation: none, the client may authenticate directly (pass-through).",
            tried=f"GET {url}",
            evidence=head_of(answer),
        )
    return passed(f"401; {', '.join(lines)}", tried=f"GET {url}")


@check(
    "login.ntlm",
    title="NTLM logs in over one connection",
    tries="GET such a page, then the legs of NTLM with the first user's credentials, then a request without any: all "
    "on one connection.",
    expects="Not 401 after the last leg, and the same user afterwards.",
    why="NTLM authenticates the connection (MS-NTHT): legs on different connections never succeed.",
    clients=CLIENTS,
    applies=asks_for_logins,
    after=("tls.handshake", "login.challenge"),
)
def ntlm(target: Target, look: Look) -> Verdict:
    """By NTLM."""
    return _login(target, look, "NTLM")


@check(
    "login.negotiate",
    title="Negotiate logs in over one connection",
    tries="The same by Negotiate, with NTLM inside it: a Kerberos ticket takes a domain.",
    expects="Not 401 after the last leg, and the same user afterwards.",
    why="Windows' clients prefer Negotiate to NTLM where both are offered (RFC 4559).",
    clients=CLIENTS,
    applies=asks_for_logins,
    after=("tls.handshake", "login.challenge"),
)
def negotiate(target: Target, look: Look) -> Verdict:
    """By Negotiate."""
    return _login(target, look, "Negotiate")


@check(
    "login.identities",
    title="Identities stay apart",
    tries="The two users and strangers come over many connections, as `bridgehead ntlm-check` has them: interleaved, "
    "with credentials before any challenge, after logins that stayed and that went.",
    expects="Everybody is answered as themselves, strangers with 401.",
    why="A proxy that pools server connections answers one user as another: public reports exist of nearly every one.",
    clients=CLIENTS,
    applies=asks_for_logins,
    after=("tls.handshake", "login.challenge"),
)
def identities(target: Target, look: Look) -> Verdict:
    """The engine of ntlm-check, and its worst finding."""
    url = target.url(page_of(target))
    seen = look(KeepApart(url))
    if seen.failure is not None or seen.report is None:
        return _without(seen.failure, url)
    report, tried = seen.report, f"bridgehead ntlm-check {url}"
    broken = [rule for rule in report.rules if rule.verdict == "broken"]
    if broken:
        first = broken[0].evidence[0]
        told = "; ".join(f"rule {rule.number}: {rule.title.lower()}" for rule in broken[1:])
        return failed(
            f"{first.sentence}" + (f". Broken as well: {told}" if told else ""),
            _LENT if {rule.number for rule in broken} & _LENDING else _BROKEN_OTHERWISE,
            _BIND,
            tried=tried,
            evidence=first.transcript,
        )
    if report.held_back:
        return held_back(report.held_back, tried=tried)
    if report.trouble and report.refused:
        return failed(
            report.trouble, _REFUSED, _TRY_DIRECTLY, tried=tried, evidence=_said_by(report.refused[0], report)
        )
    if report.trouble or not report.logins:
        return unseen(report.trouble or "Nobody could log in.", tried=tried)
    told = f"{report.logins} logins, {report.connections} connections: {report.count('held')} rules held"
    if seen.left_out or report.shut_out:
        return _not_everybody(seen.left_out, report, told, tried)
    apart = "two users and strangers" if len(report.users) > 1 else "one user and strangers (a second was not given)"
    return passed(f"{apart}, {told}", tried=tried)


def held_back(seen: str, *, tried: str, evidence: tuple[str, ...] = ()) -> Verdict:
    """Nobody may log in at present, so nothing can be judged."""
    return unseen(seen, tried=tried, cause=WHAT_IT_IS, mend=WHAT_TO_DO, evidence=evidence)


def _not_everybody(left_out: tuple[str, ...], report: IsolationReport, told: str, tried: str) -> Verdict:
    """Nothing was broken among those who got in. But that two people stay apart takes two."""
    refused = [name for name in report.shut_out if name in report.refused]
    told = f"{' and '.join(report.entered)} and strangers: {told}"
    if not refused:
        why = " ".join(map(why_left_alone, left_out)) or f"{' and '.join(report.shut_out)} could not log in."
        return unseen(f"{why} {told}", tried=tried)
    return failed(
        f"{' and '.join(refused)} never got in, so that two people were never seen beside each other; {told}",
        _REFUSED,
        _TRY_DIRECTLY,
        tried=tried,
        evidence=_said_by(refused[0], report),
    )


def _said_by(name: str, report: IsolationReport) -> tuple[str, ...]:
    """What was said on this user's connections, as much as is enough."""
    lines = (line for played in report.scenarios for line in played.transcript)
    return tuple(line for line in lines if line.startswith(f"{short_name(name)}-"))[:_ENOUGH_LINES]


def _login(target: Target, look: Look, scheme: Scheme) -> Verdict:
    url = target.url(page_of(target))
    lines = look(Fetch(url)).all("WWW-Authenticate")
    if not any(line.lower().startswith(scheme.lower()) for line in lines):
        return skipped(f"The site does not offer {scheme}: {', '.join(lines) or 'no challenge'}.")
    seen = look(LogIn(url, scheme))
    if seen.failure is not None:
        return _without(seen.failure, url)
    if seen.early:
        return failed(
            f"answered with {seen.status}{_as(seen.named)} before any credential was sent",
            _LENT if seen.named or 200 <= seen.status < 300 else "The page does not answer the same every time.",
            _BIND if seen.named or 200 <= seen.status < 300 else "See what the page answers, and why not always 401.",
            evidence=seen.transcript,
        )
    if seen.status == 401 and not seen.proved:
        return failed(
            "the first leg was answered with 401 and no challenge of the server's",
            "The proxy removes the credential, or the server's answer to it.",
            "Pass Authorization and WWW-Authenticate on as they come.",
            evidence=seen.transcript,
        )
    if seen.status == 401:
        return failed(
            "the last leg was answered with 401",
            "The legs reached the server over different connections, or the password is wrong (it was sent once).",
            "Try the same account at the server itself. If it is right, let the proxy keep one connection to the "
            "server for each client: HTTP/1.1 with keep-alive upstream, bound to the client.",
            evidence=seen.transcript,
        )
    if not seen.kept:
        return failed(
            f"logged in ({seen.status}), and the next request on the same connection was not the user's",
            "The next request went to another connection, or to another server.",
            _BIND,
            evidence=seen.transcript,
        )
    return passed(f"{seen.status}{_as(seen.named)}, and the next request as well", tried=f"GET {url} with {scheme}")


def _as(named: str) -> str:
    return f" as {named}" if named else ""


def _without(failure: Failure | None, url: str) -> Verdict:
    detail = failure.detail if failure is not None else "nothing was seen"
    if failure is not None and failure.kind == "cannot-try":
        return skipped(NO_CREDENTIALS if detail.startswith("No credentials") else detail)
    if failure is not None and failure.kind == "tls":
        return skipped(f"No password is sent to a server whose certificate is not verified: {detail}")
    if failure is not None and failure.kind == "held-back":
        return held_back(detail, tried=f"GET {url}")
    return failed(
        detail,
        "The connection ended in the middle of the login: a login takes one connection from its first leg to its last.",
        "Let the proxy keep connections open after a 401, on both sides.",
        tried=f"GET {url}",
    )
