"""What the life of a connection's logins means, and what to do about it: one sentence each, from its events alone.

The statuses and codes are those of IIS and of Windows' security log (events 4625 and 4776). A site that refuses a
login says only 401; which of its reasons it had stands in its own log, so that the sentences name what to look for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bridgehead.authentication.accounts import Outcome
from bridgehead.proxy.tracing.sentences import OWN, REFUSED, Sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgehead.proxy.tracing.events import Event


class Meaning(NamedTuple):
    """What it means."""

    code: str
    """Stable, for programs."""
    good: bool
    sentence: str
    advice: str = ""


_LARGE_TOKEN = 12000
"""Bytes of Base64 from which http.sys's limit of 16 KiB for one field comes near."""

_TORN = {"challenge-not-answered", "answer-without-challenge", Outcome.OUT_OF_ORDER.word}
_SEVERAL = 2


def meaning_of_all(meanings: Sequence[Meaning]) -> str:
    """What several connections of one client mean together; empty where that is no more than each of them says."""
    torn = sum(meaning.code in _TORN for meaning in meanings)
    if torn < _SEVERAL:
        return ""
    return (
        f"{torn} logins broke off between their legs. Usually the client's connection is closed after each request, "
        "or something in front of this proxy (a load balancer, a security gateway) spreads its requests over several "
        "connections: NTLM needs one connection from the first leg to the last."
    )


def meaning_of(events: Sequence[Event]) -> Meaning:
    """What the last login on a connection came to. Somebody else's login on it outweighs everything."""
    if any(event.what == "identity-changed" for event in events):
        return Meaning(
            "identity-changed",
            good=False,
            sentence="Two users logged in on one connection.",
            advice="One browser with two users is harmless; otherwise something in front mixes connections of clients.",
        )
    decisive = [event for event in events if event.what != "ended"]
    if not decisive:
        return Meaning("ended", good=True, sentence="Only the end of an older login is still known.")
    last = decisive[-1]
    ends = [event for event in events if event.what == "ended" and event.time >= last.time]
    end = ends[-1] if ends else None
    match last.what:
        case "refused":
            return _refused(last)
        case "own-login":
            return _own(last, decisive)
        case "challenged":
            return _challenged(last, end)
        case "sent":
            return _unanswered(last, end)
    sent = [event for event in decisive if event.what == "sent"]
    return _answered(last, sent[-1] if sent else last, decisive, end)


def _bad(code: str, sentence: Sentence) -> Meaning:
    return Meaning(code, good=False, sentence=sentence.meaning, advice=sentence.advice)


def _refused(last: Event) -> Meaning:
    return _bad(last.refused, REFUSED.get(last.refused, Sentence(f"This proxy refused the request: {last.refused}.")))


def _own(last: Event, events: Sequence[Event]) -> Meaning:
    if last.outcome == Outcome.ACCEPTED.word:
        return Meaning("logged-in", good=True, sentence=f"{last.user or 'The user'} is logged in at this proxy.")
    if last.outcome in OWN:
        return _bad(last.outcome, OWN[last.outcome])
    if last.outcome == "continued":
        return _left_with_challenge("this proxy", None)
    earlier = any(event.outcome in OWN for event in events)
    return Meaning("asked-again", good=False, sentence="It was asked once more.") if earlier else _never_answered()


def _never_answered() -> Meaning:
    return Meaning(
        "never-answered",
        good=False,
        sentence="The client was asked for a login and never answered on this connection.",
        advice="It has no password for this site, does not trust it with one (zone Intranet), cannot use the offered "
        "schemes, or its user closed the prompt. Many clients also just come back on a new connection.",
    )


def _challenged(last: Event, end: Event | None) -> Meaning:
    if last.again:
        return Meaning(
            "not-kept",
            good=False,
            sentence="The site asked again on a connection that had logged in: it does not keep the login for the "
            "connection.",
            advice="Look at authPersistSingleRequest and at the recycling of the application pool in IIS.",
        )
    if end is not None and end.by == "server":
        return _closed_by_server("after it had asked for a login")
    return _never_answered()


def _unanswered(last: Event, end: Event | None) -> Meaning:
    if end is None:
        return Meaning("waiting", good=True, sentence=f"{last.server} has not answered yet.")
    if end.by == "server":
        return _closed_by_server("instead of answering")
    if end.by == "client":
        return Meaning(
            "left-without-answer",
            good=False,
            sentence="The client went away before the server had answered.",
            advice="Either the server is slow, or something in front ends connections too soon.",
        )
    return Meaning("ended-here", good=False, sentence=f"This proxy ended the connection: {end.detail or 'no reason'}.")


def _closed_by_server(when: str) -> Meaning:
    return Meaning(
        "server-closed",
        good=False,
        sentence=f"The server closed the connection {when}, and the login on it is lost.",
        advice="Look at IIS: keep-alive must be on for the site, and a recycled application pool or a load balancer "
        "inside that does not keep connections does the same.",
    )


def _left_with_challenge(by: str, end: Event | None) -> Meaning:
    if end is not None and end.by == "server":
        return _closed_by_server("between the legs")
    if end is not None and end.by == "proxy":
        return Meaning(
            "ended-here",
            good=False,
            sentence=f"This proxy ended the connection between the legs: {end.detail or 'it stops or changes'}.",
        )
    went = "" if end is None else "; it closed the connection"
    return Meaning(
        "challenge-not-answered",
        good=False,
        sentence=f"The client got the challenge of {by} and has not answered it{went}.",
        advice="If this repeats, something in front closes the client's connection after each request, or spreads its "
        "requests over several: NTLM needs one connection from the first leg to the last.",
    )


def _answered(last: Event, sent: Event, events: Sequence[Event], end: Event | None) -> Meaning:
    match last.status:
        case 401:
            return _not_accepted(last, sent, events, end)
        case 400 | 413 | 431 if sent.token_bytes >= _LARGE_TOKEN:
            return Meaning(
                "token-too-large",
                good=False,
                sentence=f"The server answered {last.status} to a token of {sent.token_bytes} bytes: it takes none "
                "that large.",
                advice="Raise MaxFieldLength and MaxRequestBytes of http.sys, or take the user out of groups.",
            )
        case 400 | 413 | 431:
            return Meaning(
                "bad-request",
                good=False,
                sentence=f"The server answered {last.status}: it did not take the request, whatever it thinks of the "
                "login.",
                advice="Look at http.sys's own log (HTTPERR) on that server.",
            )
        case 403:
            return Meaning(
                "forbidden",
                good=False,
                sentence=f"{sent.user or 'The user'} is logged in, and may not do this (403).",
                advice="The site decides that: look at its own permissions.",
            )
        case status if status >= 500:
            return Meaning(
                "server-error",
                good=False,
                sentence=f"The login was answered {status}: the site failed, which says nothing about the password.",
                advice="Look at that server's own log.",
            )
    often = ""
    if end is not None and end.by == "client" and end.time - last.time < 1:
        often = " The client closed the connection right after it, so its next request logs in anew."
    return Meaning("logged-in", good=True, sentence=f"{sent.user or 'The user'} is logged in ({last.status}).{often}")


def _not_accepted(last: Event, sent: Event, events: Sequence[Event], end: Event | None) -> Meaning:
    if last.token in ("ntlm-challenge", "spnego-response"):
        return _left_with_challenge(last.server, end)
    if sent.is_answer_to_challenge:
        return _answer_refused(sent, events)
    if sent.token.startswith("kerberos"):
        return Meaning(
            "ticket-refused",
            good=False,
            sentence="The site did not accept the Kerberos ticket.",
            advice="Look at the SPN of the published name (`setspn -Q HTTP/name`: exactly one account), the account of "
            "the application pool, and the clocks (5 minutes).",
        )
    return Meaning(
        "not-begun",
        good=False,
        sentence="The server did not go on with the login that the client began.",
        advice="The scheme may be disabled there, or a load balancer inside led the leg to another server.",
    )


def _answer_refused(sent: Event, events: Sequence[Event]) -> Meaning:
    if not any(event.what == "answered" and event.token == "ntlm-challenge" for event in events):  # noqa: S105 - its kind
        return _bad("answer-without-challenge", OWN[Outcome.OUT_OF_ORDER.word])
    if not sent.user:
        return Meaning(
            "anonymous",
            good=False,
            sentence="The client answered the challenge without a name, and the site lets nobody in so.",
            advice="It has no password for this site: store one, or put the site into the zone Intranet.",
        )
    if sent.ntlm_version == 1:
        return Meaning(
            "ntlm-1",
            good=False,
            sentence=f"{sent.user} was refused, and the client answered with NTLMv1, which domains refuse.",
            advice="Set LmCompatibilityLevel on the client to 3 or more.",
        )
    return Meaning("refused-by-site", good=False, sentence=_refused_by_site(sent), advice=_advice_after_401(sent))


def _refused_by_site(sent: Event) -> str:
    return f"The site refused {sent.user}: the password is wrong, or the account is locked, disabled or expired."


def _advice_after_401(sent: Event) -> str:
    advice = (
        "The domain controller's events 4776 and 4625 have the reason: 0xC000006A wrong password, 0xC0000064 no such "
        "user, 0xC0000234 locked, 0xC0000072 disabled, 0xC0000071 password expired."
    )
    if sent.channel_bound:
        advice += (
            " 0xC000035B: the client bound its login to this proxy's certificate, and the site's Extended Protection "
            "expects its own; turn it off for the published site."
        )
    return advice
