"""A ProxySpec made runnable, as far as that needs neither a loop nor a socket: TLS contexts, checked and ready.

Built whole, aside from what runs, or not at all. Immutable once built.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import TYPE_CHECKING

from bridgehead.problems import Findings
from bridgehead.proxy.client_tls import CertificateTable, certificate_context
from bridgehead.proxy.material import Material, read_material
from bridgehead.proxy.preauthentication.checks import account_lists, check_logins
from bridgehead.proxy.shield.lists import check_networks
from bridgehead.proxy.upstream_tls import upstream_context
from bridgehead.spec import Forward, Relay

if TYPE_CHECKING:
    from bridgehead.authentication.account_list import AccountList
    from bridgehead.spec import Certificate, Listener, Pool, ProxySpec


class Snapshot:
    """What a worker needs besides its loop and its sockets."""

    def __init__(self, spec: ProxySpec, material: Material) -> None:
        self.spec = spec
        self.material = material
        self.tables: dict[str, CertificateTable] = {}
        """By the listener's name."""
        self.upstream_contexts: dict[str, ssl.SSLContext | None] = {}
        """By the pool's name."""
        self.account_lists: dict[str, AccountList] = {}
        """By the name of the source of accounts, where that is a file."""

    @classmethod
    def read(cls, spec: ProxySpec) -> Snapshot:
        """Read every file that a spec refers to, and build. Raises ProblemsFound with every reason."""
        findings = Findings()
        _check_references(spec, findings)
        check_logins(spec, findings)
        material = read_material(spec, findings)
        _check_log(spec.access_log, findings)
        check_networks(spec.shield, findings)
        findings.raise_any()
        return cls.build(spec, material)

    @classmethod
    def build(cls, spec: ProxySpec, material: Material) -> Snapshot:
        """Make everything that can fail fail now. Raises ProblemsFound with every reason."""
        snapshot = cls(spec, material)
        findings = Findings()
        snapshot._build_tables(findings)
        snapshot._build_upstream_contexts(findings)
        snapshot.account_lists = account_lists(spec, material, findings)
        findings.raise_any()
        return snapshot

    def trust_of(self, pool: Pool) -> tuple[bytes, ...]:
        """The contents of a pool's roots, by which two pools are compared."""
        return tuple(self.material[path] for path in pool.trust)

    def _build_tables(self, findings: Findings) -> None:
        by_name = {certificate.name: certificate for certificate in self.spec.certificates}
        contexts: dict[tuple[str, str], ssl.SSLContext | None] = {}
        for listener in self.spec.listeners:
            if not listener.tls:
                continue
            bound: list[tuple[Certificate, ssl.SSLContext]] = []
            for name in listener.certificates:
                key = (name, listener.tls_profile)
                if key not in contexts:
                    contexts[key] = self._load(by_name[name], listener, findings)
                context = contexts[key]
                if context is not None:
                    bound.append((by_name[name], context))
            self.tables[listener.name] = CertificateTable(bound, self.material)

    def _load(self, certificate: Certificate, listener: Listener, findings: Findings) -> ssl.SSLContext | None:
        try:
            return certificate_context(certificate, listener.tls_profile, self.material)
        except (OSError, ValueError) as error:
            files = ", ".join(f"{pair.chain} with {pair.key}" for pair in certificate.pairs)
            findings.add(
                "certificate.unusable",
                f"certificate {certificate.name}",
                f"{files} cannot be used: {_plainly(error)}.",
                "`bridgehead check` says more about the files.",
            )
            return None

    def _build_upstream_contexts(self, findings: Findings) -> None:
        for pool in self.spec.pools:
            try:
                self.upstream_contexts[pool.name] = upstream_context(pool, self.trust_of(pool))
            except (OSError, ValueError) as error:
                findings.add(
                    "pool.trust-unusable",
                    f"pool {pool.name}: trust",
                    f"the trusted roots in {', '.join(pool.trust)} cannot be loaded: {_plainly(error)}.",
                    "Give PEM files with the certificates of the authorities that signed the servers' certificates.",
                )


def _check_references(spec: ProxySpec, findings: Findings) -> None:
    """Names that the parts of a ProxySpec know one another by. A plan cannot get them wrong; a hand-written one can."""
    certificates = {certificate.name for certificate in spec.certificates}
    pools = {pool.name for pool in spec.pools}
    listeners = {listener.name for listener in spec.listeners}
    for listener in spec.listeners:
        where = f"listener {listener.name}"
        if listener.tls and not listener.certificates:
            relayed = any(isinstance(rule.action, Relay) and listener.name in rule.listeners for rule in spec.rules)
            if not relayed:
                findings.add("listener.no-certificate", where, "a TLS listener has no certificate", "Bind one to it.")
        for name in set(listener.certificates) - certificates:
            findings.add("listener.unknown-certificate", where, f"there is no certificate named {name!r}")
    for rule in spec.rules:
        where = f"rule {rule.name}"
        for name in set(rule.listeners) - listeners:
            findings.add("rule.unknown-listener", where, f"there is no listener named {name!r}")
        if isinstance(rule.action, Forward | Relay) and rule.action.pool not in pools:
            findings.add("rule.unknown-pool", where, f"there is no pool named {rule.action.pool!r}")


def _check_log(path: str, findings: Findings) -> None:
    if path in ("", "-"):
        return
    try:
        with Path(path).open("ab"):
            pass
    except (OSError, ValueError) as error:
        findings.add("log.unwritable", path, f"the access log cannot be written: {_plainly(error)}.")


def _plainly(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        if error.reason == "KEY_VALUES_MISMATCH":
            return "the private key does not belong to the certificate"
        return f"OpenSSL cannot read it ({error.reason or error})"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error)
