"""Certificates that renew themselves: an authority to ask, and a way to prove the names to it."""

from __future__ import annotations

from bridgehead.topology.check import Check, needs


@needs("acme", "certificate")
def authorities_for_certificates(check: Check) -> None:
    """A certificate that is ordered by ACME has an authority to order it from."""
    for name, pairs in check.topology.certificates.items():
        if any(pair.acme for pair in pairs) and not check.topology.authorities:
            check.problem(
                "acme.no-authority",
                ("certificate", name, 0, "acme"),
                f"The certificate {name} is to be ordered by ACME, and the file names no authority.",
                'Add [acme] with directory = "letsencrypt", or the URL of another one\'s directory.',
            )


@needs("acme")
def authorities_once(check: Check) -> None:
    """No two authorities have one name: each has an account of its own."""
    seen: dict[str, int] = {}
    for index, authority in enumerate(check.topology.authorities):
        first = seen.setdefault(authority.label, index)
        if first != index:
            where = check.line_of(("acme", first))
            message = f"Another authority is called {authority.label!r} already{where}."
            check.problem("acme.twice", ("acme", index), message, "Give each a name of its own.")


@needs("acme", "listener", "certificate")
def challenges_have_a_listener(check: Check) -> None:
    """http-01 comes to port 80, without TLS (RFC 8555, 8.3)."""
    topology = check.topology
    ordered = any(pair.acme for pairs in topology.certificates.values() for pair in pairs)
    listens = any(not listener.uses_tls and listener.public_port == 80 for listener in topology.all_listeners())
    if not ordered or listens:
        return
    for index, authority in enumerate(topology.authorities):
        if authority.challenge == "http-01":
            check.problem(
                "acme.no-listener",
                ("acme", index, "challenge"),
                "http-01 is answered on port 80 without TLS, and the file has no listener there.",
                'Add [[listener]] address = "0.0.0.0:80" (or public_address = "...:80" to the one that NAT leads there '
                'to), or write challenge = "dns-01".',
            )


@needs("acme", "certificate", "plan")
def wildcards_need_dns(check: Check) -> None:
    """A wildcard can be proved by a record in DNS alone (RFC 8555, 8.3)."""
    topology = check.topology
    ordered = any(pair.acme for pairs in topology.certificates.values() for pair in pairs)
    if not ordered or not topology.plan.wildcard:
        return
    for index, authority in enumerate(topology.authorities):
        if authority.challenge == "http-01":
            check.problem(
                "acme.wildcard",
                ("acme", index, "challenge"),
                "The plan has a wildcard name, and http-01 cannot prove one.",
                'Write challenge = "dns-01", or leave wildcard out of [plan].',
            )


ACME_CHECKS = (authorities_for_certificates, authorities_once, challenges_have_a_listener, wildcards_need_dns)
