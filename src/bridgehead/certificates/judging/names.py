"""Whether the certificate has the names: all that are published, in a form that clients take, and no internal one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.certificates.judging.matching import covering_entry, is_internal, is_sound
from bridgehead.names import covers, is_host_name
from bridgehead.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.certificates.judging.expectation import Expectation
    from bridgehead.certificates.reading.facts import Facts


def judge_names(facts: Facts, expected: Expectation, where: str) -> Iterator[Problem]:
    """Everything about names. Clients read the subject alternative names alone, never the subject (RFC 9525)."""
    entries = (*facts.names, *facts.addresses)
    if not entries and "subject alternative name" not in facts.unreadable:
        message = "The certificate has no subject alternative names, and clients read no others."
        yield Problem("certificate.no-names", where, message, "Ask the authority for one with every published name.")
        return
    yield from _missing(entries, expected, where)
    yield from _wildcards(facts, expected, where)
    yield from _subject(facts, expected, where)
    yield from _unpublished(entries, expected, where)
    if expected.public:
        yield from _internal(entries, where)


def _missing(entries: tuple[str, ...], expected: Expectation, where: str) -> Iterator[Problem]:
    for name in expected.names:
        if covering_entry(entries, name) is not None:
            continue
        wildcard = next((entry for entry in entries if is_sound(entry) and covers(entry, name.host)), None)
        if wildcard is not None:
            message = f"Only {wildcard} stands for {name.host}, and the Edge takes no wildcard. {name.why}".rstrip()
            hint = "Ask for a certificate with the name itself."
            yield Problem("certificate.wildcard-for-edge", where, message, hint)
            continue
        message = f"The certificate does not have the name {name.host}. {name.why}".rstrip()
        hint = "Clients will refuse to connect: ask the authority to issue it again with this name (most do so free)."
        yield Problem("certificate.name-missing", where, message, hint)


def _wildcards(facts: Facts, expected: Expectation, where: str) -> Iterator[Problem]:
    for entry in facts.names:
        if not is_sound(entry):
            message = f"The name {entry} is of no use: a wildcard stands for one whole label, the left-most."
            yield Problem("certificate.wildcard-form", where, message, "Clients ignore it.", "warning")
    for name in expected.names:
        entry_ = covering_entry(facts.names, name)
        if entry_ and entry_.startswith("*.") and name.wildcard == "unusual":
            message = f"Only {entry_} stands for {name.host}; the documents list a pool's own name explicitly."
            hint = "Most clients take it; older phones may not. Add the name at the next renewal."
            yield Problem("certificate.wildcard-for-pool", where, message, hint, "warning")
    if facts.common_name.startswith("*."):
        message = f"The subject name is {facts.common_name}; the documents support no wildcard as subject name."
        hint = "Put the pool's external FQDN there at the next renewal; the wildcard may stay among the other names."
        yield Problem("certificate.wildcard-subject", where, message, hint, "warning")


def _subject(facts: Facts, expected: Expectation, where: str) -> Iterator[Problem]:
    common_name = facts.common_name.lower()
    a_name = is_host_name(common_name.removeprefix("*.")) and "." in common_name
    if a_name and common_name not in facts.names:
        message = f"The subject name {common_name} is not among the subject alternative names, and must be."
        hint = "Clients ignore the subject name once there are alternative names. Ask for it to be repeated there."
        yield Problem("certificate.subject-not-among-names", where, message, hint)
    if a_name and expected.subject and common_name != expected.subject:
        message = f"The subject name is {common_name}; planned was {expected.subject}."
        hint = "It works: clients read the alternative names. Documents and people may look for the other."
        yield Problem("certificate.subject-differs", where, message, hint, "warning")


def _unpublished(entries: tuple[str, ...], expected: Expectation, where: str) -> Iterator[Problem]:
    if not expected.names_known:
        return
    hosts = [*(name.host for name in expected.names), *expected.covered_elsewhere]
    over = [entry for entry in entries if not any(covers(entry, host) for host in hosts)]
    if over:
        message = f"Nobody publishes {', '.join(over)}, which the certificate has."
        hint = "Harmless; leave it out at the next renewal, or publish it."
        yield Problem("certificate.name-unpublished", where, message, hint, "warning")


def _internal(entries: tuple[str, ...], where: str) -> Iterator[Problem]:
    internal = [entry for entry in entries if is_internal(entry)]
    if internal:
        message = f"A public certificate may have no internal name or address, and this one has {', '.join(internal)}."
        hint = "Public authorities revoke such certificates: have it issued again without. Was it your own authority "
        hint += 'that signed it? Then write issuer = "private" below [plan].'
        yield Problem("certificate.internal-name", where, message, hint)
