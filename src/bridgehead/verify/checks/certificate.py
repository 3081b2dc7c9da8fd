"""The certificate: whom it names, when it is valid, what it may be used for, and its key."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from bridgehead.certificates.judging.dates import EXPIRES_SOON, LARGEST_SHARE
from bridgehead.verify.certificate_facts import (
    entry_for,
    facts_of,
    is_self_issued,
    key_of,
    line_of,
    may_serve,
    may_sign,
    shown_names,
)
from bridgehead.verify.checks.clients import DESKTOP, EVERYBODY, MOBILE, PHONES, with_tls
from bridgehead.verify.checks.tls_versions import usual
from bridgehead.verify.observing.questions import Handshake, Resolve, TlsSession
from bridgehead.verify.registry import check
from bridgehead.verify.targets import LYNC_POOLS
from bridgehead.verify.verdicts import Verdict, failed, passed, skipped, unseen, warning

if TYPE_CHECKING:
    from bridgehead.certificates.reading.facts import Facts
    from bridgehead.verify.observing.question import Look
    from bridgehead.verify.targets import Target

_LEAST_RSA_BITS = 2048
_WEAK_HASHES = {"md5", "sha1"}
_REQUEST = "Request a certificate with every published name, and assign it to the listener"


@check(
    "tls.name",
    title="The certificate has the name",
    tries="Compare the name with the subject alternative names of the certificate that was sent for it.",
    expects="An entry that is the name, or a wildcard for exactly its first label.",
    why="Clients refuse a certificate for another name; mobile clients stop at once. The subject name does not count "
    '("Certificate requirements for external user access in Lync Server 2013").',
    clients=EVERYBODY,
    applies=with_tls,
    after=("tls.handshake",),
)
def name(target: Target, look: Look) -> Verdict:
    """RFC 9525: names of the subject alternative name alone."""
    leaf = leaf_of(look(usual(target)))
    if leaf is None:
        return unseen("The certificate that was sent cannot be read.")
    entry = entry_for(leaf, target.host)
    if entry is None:
        in_subject = leaf.common_name.lower() == target.host
        cause = (
            "The name is in the subject alone, which TLS ignores where there are alternative names, and modern clients "
            "always."
            if in_subject
            else "The certificate was requested without this name, or the proxy chose another one than was meant."
        )
        return failed(
            f"{len(leaf.names)} names: {shown_names(leaf)}",
            cause,
            f"{_REQUEST}; {target.host} is missing.",
            expected=target.host,
            evidence=(line_of(leaf),),
        )
    if entry.startswith("*.") and target.has(*LYNC_POOLS, "office-web-apps"):
        return warning(
            f"covered by {entry}",
            "A wildcard covers the name of a pool. The documents list pools and Office Web Apps one by one, and let "
            'the wildcard replace meet and dialin ("Certificate summary - Reverse proxy in Lync Server 2013").',
            f"Add {target.host} as an entry of its own at the next renewal; telephones had trouble with wildcards.",
            evidence=(line_of(leaf),),
        )
    what = f"covered by the wildcard {entry}" if entry.startswith("*.") else f"named as {entry}"
    return passed(f"{what}, one of {len(leaf.names)} names", evidence=(line_of(leaf),))


@check(
    "tls.without-sni",
    title="Clients that send no SNI get a certificate with the name",
    tries="A handshake without SNI.",
    expects="A certificate that has the name.",
    why="Lync Phone Edition and other old clients name nobody in their handshake, and get the default certificate.",
    clients=(PHONES, "Windows XP and other old clients"),
    applies=with_tls,
    after=("tls.name",),
)
def without_sni(target: Target, look: Look) -> Verdict:
    """The default certificate."""
    seen = look(Handshake(target.host, target.https_port or 443, ""))
    mend = "Make the certificate with the names of the pools the listener's default (the first of its certificates)."
    needed = target.has(*LYNC_POOLS)
    told = failed if needed else warning
    if seen.failure is not None:
        return told(str(seen.failure), "The listener has no certificate for clients that send no SNI.", mend)
    leaf = leaf_of(seen)
    if leaf is None:
        return unseen("The certificate that was sent cannot be read.")
    if entry_for(leaf, target.host) is None:
        cause = "Without SNI another certificate is served than with it: the listener's default one."
        return told(f"without SNI: {shown_names(leaf)}", cause, mend, evidence=(line_of(leaf),))
    return passed(f"without SNI: {entry_for(leaf, target.host)}")


@check(
    "tls.dates",
    title="The certificate and its chain are valid today",
    tries="Read the dates of every certificate that was sent.",
    expects=f"Valid now, and for {EXPIRES_SOON.days} days more; where it lives for less than "
    f"{EXPIRES_SOON.days * LARGEST_SHARE} days, for a quarter of its life.",
    why="Every client refuses a certificate out of its dates.",
    clients=EVERYBODY,
    applies=with_tls,
    after=("tls.handshake",),
)
def dates(target: Target, look: Look) -> Verdict:
    """Now, by this machine's clock."""
    return judge_dates(look(usual(target)), datetime.now(UTC))


def judge_dates(seen: TlsSession, now: datetime) -> Verdict:
    """The same for a given moment."""
    chain = facts_of_chain(seen)
    if not chain:
        return unseen("The certificate that was sent cannot be read.")
    evidence = tuple(line_of(one) for one in chain)
    lives = [(one, one.not_before, one.not_after) for one in chain if one.not_before and one.not_after]
    if len(lives) < len(chain):
        return unseen("The dates of a certificate cannot be read.", evidence=evidence)
    for one, since, until in lives:
        if until < now:
            return failed(
                f"{one.subject} expired on {until:%Y-%m-%d %H:%M} UTC",
                "It was not renewed, or the renewed one was not assigned to the listener.",
                "Renew it and assign the new one; look at every certificate of the chain.",
                evidence=evidence,
            )
        if since > now:
            return failed(
                f"{one.subject} is valid only from {since:%Y-%m-%d %H:%M} UTC",
                "It was put in place too early, or the clock of this machine is wrong.",
                f"This machine's clock says {now:%Y-%m-%d %H:%M} UTC; if that is right, serve the old one until then.",
                evidence=evidence,
            )
    for one, since, until in lives:
        share = (until - since) / LARGEST_SHARE
        if until < now + min(EXPIRES_SOON, share):
            left = f"{EXPIRES_SOON.days} days" if share > EXPIRES_SOON else "a quarter of its life"
            return warning(
                f"{one.subject} expires on {until:%Y-%m-%d %H:%M} UTC",
                f"Less than {left} is left." if share <= EXPIRES_SOON else f"Less than {left} are left.",
                "Renew it now; where something renews it by itself, see why it has not.",
                evidence=evidence,
            )
    return passed(f"until {min(until for _, _, until in lives):%Y-%m-%d}", evidence=evidence)


@check(
    "tls.key",
    title="Key and signatures are strong enough",
    tries="Read the public key of the certificate, and the hashes that it and its chain are signed with.",
    expects=f"RSA of {_LEAST_RSA_BITS} bits or more, or ECDSA of 256; no SHA-1.",
    why='Clients refuse weak keys; the documents ask for 2,048 bits ("Request and configure a certificate for your '
    'reverse HTTP proxy in Lync Server 2013").',
    clients=EVERYBODY,
    applies=with_tls,
    after=("tls.handshake",),
)
def key(target: Target, look: Look) -> Verdict:
    """Of the leaf; hashes of everything but roots."""
    chain = facts_of_chain(look(usual(target)))
    if not chain:
        return unseen("The certificate that was sent cannot be read.")
    leaf = chain[0]
    if (leaf.key == "RSA" and leaf.key_bits < _LEAST_RSA_BITS) or (leaf.key == "ECDSA" and leaf.key_bits < 256):
        return failed(key_of(leaf), "The key was made too short.", f"{_REQUEST}, with a new key of RSA 2048.")
    weak = next((one for one in chain if one.signature in _WEAK_HASHES and not is_self_issued(one)), None)
    if weak is not None:
        return failed(
            f"{weak.subject} is signed with {weak.signature.upper()}",
            "The authority still signs with an old hash, which clients refuse.",
            "Have it issued again, signed with SHA-256.",
        )
    return passed(f"{key_of(leaf)}, signed with {leaf.signature.upper()}")


@check(
    "tls.usage",
    title="The certificate is one for servers",
    tries="Read key usage and extended key usage.",
    expects="Server Authentication, and digital signatures.",
    why='"Certificate must be issued by a public CA and with the server EKU" ("Certificate summary - Reverse proxy in '
    'Lync Server 2013").',
    clients=EVERYBODY,
    applies=with_tls,
    after=("tls.handshake",),
)
def usage(target: Target, look: Look) -> Verdict:
    """EKU and KU of the leaf."""
    leaf = leaf_of(look(usual(target)))
    if leaf is None:
        return unseen("The certificate that was sent cannot be read.")
    usages = ", ".join(leaf.extended_key_usage or ("not limited",))
    if not may_serve(leaf):
        return failed(
            f"extended key usage: {usages}",
            "The certificate was issued from a template for clients or users.",
            f"{_REQUEST}, with Server Authentication (1.3.6.1.5.5.7.3.1) among its extended key usages.",
        )
    if not may_sign(leaf):
        return failed(
            "key usage without digital signature",
            "The certificate may encrypt keys alone, as old templates have it; TLS 1.3 and (EC)DHE need signatures.",
            f"{_REQUEST}, with Digital Signature and Key Encipherment.",
        )
    return passed(f"extended key usage: {usages}")


@check(
    "tls.key-kinds",
    title="Clients that know RSA alone are served",
    tries="Two handshakes at TLS 1.2: one that can use RSA alone, one that can use ECDSA alone.",
    expects="RSA; ECDSA beside it is welcome. Both with the name.",
    why="The documents' certificates are RSA; telephones and old Windows cannot use ECDSA.",
    clients=(PHONES, DESKTOP),
    applies=with_tls,
    after=("tls.name", "tls.dates"),
)
def key_kinds(target: Target, look: Look) -> Verdict:
    """RSA and ECDSA."""
    kinds: tuple[Literal["rsa", "ecdsa"], ...] = ("rsa", "ecdsa")
    seen = {kind: look(_with_key(target, kind)) for kind in kinds}
    offered = {kind: leaf for kind, one in seen.items() if (leaf := leaf_of(one)) is not None}
    nameless = next((kind for kind, leaf in offered.items() if entry_for(leaf, target.host) is None), None)
    if nameless is not None:
        return failed(
            f"the {nameless.upper()} certificate: {shown_names(offered[nameless])}",
            f"The listener has two certificates, and the {nameless.upper()} one lacks the name.",
            "Request both with the same names.",
        )
    told = " and ".join(kind.upper() for kind in offered)
    for kind in offered:
        verdict = judge_dates(seen[kind], datetime.now(UTC))
        if verdict.status == "failed":
            return verdict.model_copy(update={"seen": f"the {kind.upper()} certificate: {verdict.seen}"})
    if not offered:
        return unseen("At TLS 1.2 there is neither; in TLS 1.3 the two cannot be told apart from here.")
    if "rsa" not in offered:
        return warning(
            told,
            "The listener has an ECDSA certificate alone.",
            "Add an RSA certificate beside it where telephones or clients on old Windows connect.",
        )
    return passed(told)


@check(
    "tls.every-address",
    title="Every address of the name serves the same certificate",
    tries="A handshake with each address that the name resolves to.",
    expects="The same certificate.",
    why="Of several proxies behind one name, the one that was forgotten at a renewal fails some clients, sometimes.",
    clients=(MOBILE, DESKTOP),
    applies=with_tls,
    after=("tls.handshake",),
)
def every_address(target: Target, look: Look) -> Verdict:
    """One handshake for each address, at most as many as are tried."""
    if target.scope.mapped:
        return skipped("--connect-to leads to one address.")
    addresses = look(Resolve(target.host)).addresses[:8]
    if len(addresses) < 2:
        return skipped("The name has one address.")
    port = target.https_port or 443
    seen = {address: look(Handshake(target.host, port, target.host, address=address)) for address in addresses}
    silent = [address for address, one in seen.items() if one.failure is not None]
    leaves = {address: one.chain[0] for address, one in seen.items() if one.chain}
    evidence = tuple(f"{one}: {line_of(facts)}" for one, pem in leaves.items() if (facts := facts_of(pem)) is not None)
    if len(set(leaves.values())) > 1:
        return failed(
            f"{len(set(leaves.values()))} certificates on {len(leaves)} addresses",
            "Several proxies answer for this name, and not all of them have the new certificate.",
            "Assign the same certificate on each of them.",
            evidence=evidence,
        )
    if silent:
        return warning(
            f"no TLS at {', '.join(silent)}",
            "DNS gives an address where nobody answers (from here); clients lose time there.",
            "Start the proxy there, or delete the address from DNS. Without IPv6 on this machine, its addresses say "
            "nothing.",
            evidence=evidence,
        )
    return passed(f"the same on {len(leaves)} addresses", evidence=evidence)


def leaf_of(seen: TlsSession) -> Facts | None:
    """The server's own certificate."""
    return facts_of(seen.chain[0]) if seen.chain else None


def facts_of_chain(seen: TlsSession) -> tuple[Facts, ...]:
    """The certificates that were sent, those that can be read."""
    return tuple(facts for pem in seen.chain if (facts := facts_of(pem)) is not None)


def _with_key(target: Target, keys: Literal["rsa", "ecdsa"]) -> Handshake:
    return Handshake(target.host, target.https_port or 443, target.host, keys=keys)
