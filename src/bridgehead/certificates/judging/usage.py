"""Key usage and extended key usage: what the certificate may be used for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.certificates.judging.expectation import Expectation
    from bridgehead.certificates.reading.facts import Facts

SERVER, CLIENT, ANY = "server authentication", "client authentication", "any purpose"


def judge_usage(facts: Facts, expected: Expectation, where: str) -> Iterator[Problem]:
    """Steps 11 and 12 of "Request and configure a certificate for your reverse HTTP proxy"."""
    if facts.is_authority:
        message = "This is the certificate of an authority, not of a server."
        hint = "Give the server's own certificate first; the authority's belongs to its chain (--chain FILE)."
        yield Problem("certificate.is-authority", where, message, hint)
    yield from _key_usage(facts, where)
    yield from _extended_key_usage(facts, expected, where)


def _key_usage(facts: Facts, where: str) -> Iterator[Problem]:
    if facts.key_usage is None:
        message = "The certificate has no key usage; digital signature and key encipherment, critical, were asked for."
        hint = "It works with most clients. Ask the authority why it was left out."
        yield Problem("certificate.key-usage-absent", where, message, hint, "warning")
    elif "digital signature" not in facts.key_usage:
        found = ", ".join(facts.key_usage) or "nothing"
        message = f"The key usage allows {found}, and no digital signature: TLS 1.3 and every ECDHE cipher need one."
        hint = "Ask the authority for digital signature and key encipherment."
        yield Problem("certificate.key-usage", where, message, hint)
    elif facts.key == "RSA" and "key encipherment" not in facts.key_usage:
        message = "The key usage allows no key encipherment, which clients without ECDHE need."
        hint = "The documents ask for it (step 11). With every client of this decade it works without."
        yield Problem("certificate.no-key-encipherment", where, message, hint, "warning")


def _extended_key_usage(facts: Facts, expected: Expectation, where: str) -> Iterator[Problem]:
    usages = facts.extended_key_usage
    if usages is None:
        message = "The certificate has no extended key usage; server authentication was asked for."
        hint = "Some clients refuse it (Apple's since iOS 13). Ask the authority for server authentication."
        yield Problem("certificate.extended-key-usage-absent", where, message, hint, "warning")
        return
    if SERVER not in usages and ANY not in usages:
        message = f"The certificate is not for servers: its extended key usage is {', '.join(usages) or 'empty'}."
        hint = "Every client refuses it. Ask the authority for server authentication (a TLS server certificate)."
        yield Problem("certificate.no-server-authentication", where, message, hint)
    if expected.client_authentication and CLIENT not in usages and ANY not in usages:
        message = "The certificate has no client authentication, and an Edge Server is to use it as well."
        hint = (
            "Federation partners may want it for mutual TLS. Public authorities are withdrawing it: ask the partners."
        )
        yield Problem("certificate.no-client-authentication", where, message, hint, "warning")
    if facts.extended_key_usage_critical:
        message = "The extended key usage is critical; the documents say that it must not be (step 12)."
        yield Problem("certificate.extended-key-usage-critical", where, message, "Some devices refuse it.", "warning")
