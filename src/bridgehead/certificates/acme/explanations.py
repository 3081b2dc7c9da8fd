"""What an authority's refusal means, in the words of whoever has to mend it.

An authority answers with a problem document (RFC 7807) of a type that RFC 8555, 6.7, names. Its `detail` says what the
authority saw; what is likely to be wrong, and where to look, is said here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgehead.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PREFIX = "urn:ietf:params:acme:error:"


@dataclass(frozen=True)
class Refused:
    """A problem document, as far as it matters here."""

    type: str
    """The whole URN."""
    detail: str = ""
    name: str = ""
    """The host name that it is about, where it says so."""
    parts: tuple[Refused, ...] = ()
    """Its subproblems."""

    @property
    def word(self) -> str:
        """`rateLimited`, of the whole URN."""
        return self.type.removeprefix(_PREFIX) if self.type.startswith(_PREFIX) else "unknown"


_WORDS = {
    "accountDoesNotExist": "it does not know the account any more",
    "badCSR": "it does not accept the request",
    "badNonce": "it kept refusing the number that protects against replay",
    "badPublicKey": "it does not accept the key",
    "badSignatureAlgorithm": "it does not accept the signature of the account's key",
    "caa": "a CAA record in DNS forbids it to issue",
    "connection": "it could not connect",
    "dns": "it could not look the name up",
    "dnssec": "the name's DNSSEC signatures do not verify",
    "externalAccountRequired": "it wants an external account binding",
    "incorrectResponse": "it got another answer than the one it expects",
    "invalidContact": "it does not accept the e-mail address",
    "invalidProfile": "it has no such profile",
    "malformed": "it did not understand the request",
    "orderNotReady": "the order is not ready to be finished",
    "rateLimited": "too much was asked of it for now",
    "rejectedIdentifier": "it issues nothing for this name",
    "serverInternal": "something went wrong there",
    "tls": "TLS failed while it looked",
    "unauthorized": "what it saw does not prove that the name is yours",
    "unsupportedContact": "it does not accept the e-mail address",
    "unsupportedIdentifier": "it issues nothing for this kind of name",
    "userActionRequired": "it wants something done on its web site first",
}

_MENDS = {
    "accountDoesNotExist": "The next attempt registers the account again.",
    "badCSR": "Compare the names and the key with what the authority issues: bridgehead certificate request --help.",
    "badNonce": "The next attempt begins anew. Does a cache stand between this machine and the authority?",
    "badPublicKey": 'Order another kind: store = ["rsa"] or ["ecdsa"] in the file.',
    "caa": 'Add a CAA record that names this authority (0 issue "..."), or order from the one that the record names.',
    "dnssec": "Mend the signatures of the zone, or the DS record above it.",
    "externalAccountRequired": "Add external_account to this authority in the file, with what its web site gives you.",
    "invalidContact": "Write another email in the file.",
    "invalidProfile": "`bridgehead certificate account` lists its profiles.",
    "rateLimited": "Wait; it is tried again by itself. Until the cause is found, try with --dry-run.",
    "rejectedIdentifier": "Check the spelling. Internal names and blocked domains need an authority of your own.",
    "serverInternal": "It is tried again by itself; the authority's status page may say more.",
    "unsupportedContact": "Write another email in the file.",
    "userActionRequired": "Read what it says, and log in there; often its terms of service have changed.",
}

_MENDS_OF_CHALLENGES = {
    ("http-01", "connection"): "Port 80 of {name} must lead to this proxy from the whole internet: look at its DNS "
    "record, the firewall and NAT. Authorities come from several networks at once.",
    ("http-01", "dns"): "Create the external A record of {name}, to this proxy (`bridgehead plan` lists them all).",
    ("http-01", "unauthorized"): "Something else than this proxy answered on port 80 of {name}: does its external DNS "
    "record lead here, and no AAAA record elsewhere? Does a device in front answer instead?",
    ("http-01", "tls"): "A device in front redirects {name} to https before this proxy is asked: exempt "
    "/.well-known/acme-challenge/.",
    ("dns-01", "dns"): "The zone must answer for _acme-challenge.{name} on all its public name servers.",
    (
        "dns-01",
        "unauthorized",
    ): "The record _acme-challenge.{name} that the authority saw is not the one that was made: "
    "does the hook, or dns_update, change the zone that is public, and do all its name servers have it already?",
}
_CODES = {"accountDoesNotExist": "acme.account-unknown"}
_SAME = {"incorrectResponse": "unauthorized"}


def explain(refused: Refused, *, where: str, authority: str, name: str = "", challenge: str = "") -> list[Problem]:
    """The problems that a refusal stands for: one, or one for each part.

    `name` is the host that was to be proved and `challenge` how, where it was about that.
    """
    if refused.parts:
        return [
            problem
            for part in refused.parts
            for problem in explain(part, where=where, authority=authority, name=part.name or name, challenge=challenge)
        ]
    host = name or refused.name
    word = refused.word
    subject = f"{host}, {challenge}: " if host and challenge else f"{host}: " if host else ""
    means = _WORDS.get(word, f"it refuses ({refused.type})")
    saw = f" It says: {_one_line(refused.detail)}" if refused.detail else ""
    code = "acme.not-proved" if challenge else _CODES.get(word, "acme.refused")
    return [Problem(code, where, f"{subject}{authority} refuses, {means}.{saw}", _mend(word, host, challenge))]


def another_may_help(refused: Iterable[Refused]) -> bool:
    """Whether another authority could answer otherwise: not where something is missing on our side."""
    ours = {"connection", "dns", "dnssec", "unauthorized", "incorrectResponse", "tls"}
    return not any(one.word in ours for part in refused for one in _leaves(part))


def _leaves(refused: Refused) -> Iterator[Refused]:
    if not refused.parts:
        yield refused
    for part in refused.parts:
        yield from _leaves(part)


def _mend(word: str, host: str, challenge: str) -> str:
    special = _MENDS_OF_CHALLENGES.get((challenge, _SAME.get(word, word)))
    if special is not None:
        return special.format(name=host.removeprefix("*."))
    return _MENDS.get(word, "")


def _one_line(text: str) -> str:
    """Without line ends and control characters, and not endless: an authority repeats what a stranger answered."""
    cleaned = "".join(character if character.isprintable() else " " for character in text)
    return f"{' '.join(cleaned.split())[:500].rstrip('.')}."
