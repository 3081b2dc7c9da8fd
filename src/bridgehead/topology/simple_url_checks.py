"""The rules for simple URLs that concern more than one of them.

"Planning for simple URLs in Lync Server 2013" and "DNS requirements for simple URLs in Skype for Business Server".
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from bridgehead.topology.check import Check, needs
from bridgehead.topology.model import Path
from bridgehead.topology.simple_urls import SimpleUrl, WebAddress


@needs("sip_domains", "simple_urls", "pool")
def every_domain_has_a_meet_url(check: Check) -> None:
    """Each SIP domain has one active meet URL at least, where meetings are published at all."""
    topology = check.topology
    if not topology.simple_urls.published or topology.pool_for_simple_urls() is None:
        return
    for name, index in {
        domain.name: index for index, domain in reversed(list(enumerate(topology.sip_domains)))
    }.items():
        if name not in topology.simple_urls.meet:
            check.problem(
                "simple-url.no-meet",
                ("sip_domains", index),
                f"The SIP domain {name} has no meet URL; each needs an active one.",
                f'Write "{name}" = "https://meet.{name}" below [simple_urls.meet], or [simple_urls] published = false.',
            )


@needs("sip_domains")
def every_meet_url_has_a_domain(check: Check) -> None:
    """A meet URL belongs to a SIP domain of the file."""
    known = {domain.name for domain in check.topology.sip_domains}
    for domain in check.topology.simple_urls.meet:
        if domain not in known:
            check.problem(
                "simple-url.unknown-domain",
                ("simple_urls", "meet", domain),
                f"{domain} is not among the SIP domains.",
                "Add it to sip_domains, or correct it here.",
            )


def _every_url(check: Check) -> Iterator[tuple[Path, str, WebAddress]]:
    urls = check.topology.simple_urls
    named: list[tuple[Path, str, SimpleUrl | None]] = [
        *((("simple_urls", "meet", domain), f"meet URL of {domain}", url) for domain, url in urls.meet.items()),
        (("simple_urls", "dialin"), "dial-in URL", urls.dialin),
        (("simple_urls", "admin"), "admin URL", urls.admin),
    ]
    for path, what, url in named:
        for address in url.addresses if url is not None else ():
            yield path, what, address


@needs()
def urls_apart(check: Check) -> None:
    """Each simple URL is unique, and none is the beginning of another."""
    for (_, first_what, first), (path, what, second) in combinations(_every_url(check), 2):
        if first.host != second.host:
            continue
        short, long = sorted((first.directory.lower(), second.directory.lower()), key=len)
        if short == long:
            message = f"The {what} is the same as the {first_what}; each simple URL must be unique."
        elif long.startswith(f"{short}/"):
            message = (
                f"One of {what} and {first_what} is the beginning of the other; the server could not tell them apart."
            )
        else:
            continue
        check.problem("simple-url.prefix", path, message, "Give each a host or a directory of its own.")


@needs()
def hosts_of_their_own(check: Check) -> None:
    """A simple URL uses neither the FQDN of a pool or server nor a SIP domain itself."""
    pools: dict[str, str] = {}
    for pool in check.topology.pools:
        names = (pool.external_fqdn, pool.internal_fqdn, *(server.name for server in pool.members))
        pools.update({name: f"a name of the pool {pool.label}" for name in names if name})
    domains = {domain.name: "a SIP domain itself" for domain in check.topology.sip_domains}
    told = set()
    for path, what, address in _every_url(check):
        found = pools.get(address.host) or domains.get(address.host)
        if found and path not in told:
            told.add(path)
            check.problem(
                "simple-url.host-taken",
                path,
                f"The {what} uses {address.host}, which is {found}.",
                "Give it a host of its own, such as meet.contoso.com or lync.contoso.com.",
            )


SIMPLE_URL_CHECKS = (every_domain_has_a_meet_url, every_meet_url_has_a_domain, urls_apart, hosts_of_their_own)
