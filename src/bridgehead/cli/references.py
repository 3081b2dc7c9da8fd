"""The files that a ProxySpec refers to: whether they are there and can be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.certificates.pair import check_laboratory, check_pair, check_trust, names_in
from bridgehead.certificates.store.absence import absence
from bridgehead.cli.account_references import check_accounts
from bridgehead.names import covers
from bridgehead.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from bridgehead.spec import Listener, ProxySpec


_WEAKER = {
    "windows-2012": "suites without forward secrecy",
    "windows-2008": "TLS 1.0, and suites without forward secrecy",
}


def check_references(spec: ProxySpec, now: datetime) -> list[Problem]:
    """Problems with certificates, keys and roots of trust; each file is told about once."""
    problems: list[Problem] = []
    for certificate in spec.certificates:
        for pair in certificate.pairs:
            missing = absence(pair.chain)
            if missing is not None:
                problems.append(missing)
                continue
            problems += check_pair(pair.chain, pair.key, pair.passphrase_file, now=now)
    for path in dict.fromkeys(path for pool in spec.pools for path in pool.trust):
        problems += check_trust(path, now=now)
    if not any(problem.severity == "error" for problem in problems):
        problems += _names_without_certificate(spec)
    problems += _outdated_profiles(spec)
    problems += check_accounts(spec)
    return list(dict.fromkeys(problems))


def _outdated_profiles(spec: ProxySpec) -> Iterator[Problem]:
    """Every pool that is spoken to as if it were old: a concession, which somebody should take back one day."""
    for pool in spec.pools:
        if pool.tls and pool.tls_profile != "modern":
            weaker = _WEAKER[pool.tls_profile]
            yield Problem(
                "pool.tls-profile",
                f"pool {pool.name}",
                f"TLS to its servers is of the profile {pool.tls_profile}, which also allows {weaker}.",
                "Leave tls_profile out once its servers do better.",
                "warning",
            )


def _names_without_certificate(spec: ProxySpec) -> Iterator[Problem]:
    entries = {
        certificate.name: [name for pair in certificate.pairs for name in names_in(pair.chain)]
        for certificate in spec.certificates
    }
    for listener in spec.listeners:
        bound = [entry for name in listener.certificates for entry in entries.get(name, ())]
        for host, reasons in _decrypted_hosts(spec, listener).items():
            if not any(covers(entry, host) for entry in bound):
                yield Problem(
                    "certificate.name-missing",
                    f"listener {listener.name}",
                    " ".join([f"No certificate there has the name {host}.", *reasons]),
                    "Clients will refuse to connect: request a certificate with every published name.",
                    "warning",
                )


def _decrypted_hosts(spec: ProxySpec, listener: Listener) -> dict[str, list[str]]:
    """The names that are served with TLS there, each with the reasons of the rules that serve it."""
    hosts: dict[str, list[str]] = {}
    for rule in spec.rules:
        if listener.tls and listener.name in rule.listeners and rule.action.kind == "forward":
            for host in rule.hosts:
                reasons = hosts.setdefault(host, [])
                if rule.because and rule.because not in reasons:
                    reasons.append(rule.because)
    hosts.pop("*", None)
    return hosts


def laboratory_certificates(spec: ProxySpec) -> list[Problem]:
    """Warnings about certificates of the laboratory, which are for the demonstration alone."""
    paths = dict.fromkeys(pair.chain for certificate in spec.certificates for pair in certificate.pairs)
    return [problem for path in paths for problem in check_laboratory(path)]
