"""DNS: published names lead to the proxy from outside, and internal names lead nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.names import address_or_none
from bridgehead.planning.addresses import is_internal
from bridgehead.verify.checks.clients import DISCOVERERS, MOBILE, STORE, with_tls
from bridgehead.verify.observing.questions import Connect, Resolution, Resolve
from bridgehead.verify.registry import check
from bridgehead.verify.verdicts import Verdict, failed, passed, skipped, unseen, warning, without_network

if TYPE_CHECKING:
    from bridgehead.verify.observing.question import Look
    from bridgehead.verify.targets import InsideServer, Target

MAPPED = "--connect-to leads past DNS, so DNS is not asked."
NO_SERVERS = "No DNS server outside was given: --resolver 192.0.2.53 asks one as the internet sees it."


def by_dns(target: Target) -> bool | str:
    """Whether DNS is looked at."""
    if address_or_none(target.host) is not None:
        return False
    return MAPPED if target.scope.mapped else True


def by_servers(target: Target) -> bool | str:
    """Whether DNS servers outside can be asked: who names one means it, whatever --connect-to says."""
    answer = by_dns(target)
    return answer is not False and (bool(target.scope.dns_servers) or (answer if answer is not True else NO_SERVERS))


def for_discovery(target: Target) -> bool | str:
    """The same, for discovery names alone."""
    return target.has("discovery") and by_servers(target)


@check(
    "dns.resolves",
    title="The name resolves here",
    tries="Resolve the name as programs on this machine do.",
    expects="At least one address.",
    why="A client that gets no address gets nothing.",
    applies=by_dns,
)
def resolves(target: Target, look: Look) -> Verdict:
    """The system's resolver."""
    seen = look(Resolve(target.host))
    if seen.failure is not None and seen.failure.kind == "no-network":
        return without_network(str(seen.failure))
    if seen.failure is not None:
        return failed(
            str(seen.failure),
            "There is no record for this name where this machine asks, or this machine reaches no DNS server.",
            f"Create an A record for {target.host} with the address of the proxy's listener, in the DNS that clients "
            "ask. To verify before that, give --connect-to ADDRESS.",
        )
    return passed(_described(seen))


@check(
    "dns.outside",
    title="The name leads to the proxy outside",
    tries="Ask the given DNS servers for A and AAAA records.",
    expects="Public addresses: those of the file, where it has them.",
    why='"DNS summary - Reverse proxy in Lync Server 2013" lists an external A record for every published name.',
    applies=by_servers,
)
def outside(target: Target, look: Look) -> Verdict:
    """Each server given."""
    seen = [look(Resolve(target.host, server)) for server in target.scope.dns_servers]
    missing = next((one for one in seen if one.failure is not None), None)
    if missing is not None and missing.failure is not None:
        if missing.failure.kind == "no-network":
            return without_network(str(missing.failure))
        if missing.failure.kind in {"timed-out", "unreachable", "refused", "reset"}:
            return unseen(
                f"{missing.server}: {missing.failure}",
                cause="This DNS server does not answer, or cannot be reached from here.",
                mend="Name another one with --resolver, or let this machine reach it (UDP and TCP 53).",
            )
        return failed(
            str(missing.failure),
            "The external zone has no record for this name, or this server cannot be reached from here.",
            f"Create an A record for {target.host} with the public address of the proxy in the external zone.",
        )
    told = "; ".join(f"{one.server}: {_described(one)}" for one in seen)
    found = {address for one in seen for address in one.addresses}
    if target.addresses and not found <= set(target.addresses):
        return failed(
            told,
            f"The records lead elsewhere than to the proxy, whose public address is {', '.join(target.addresses)}.",
            "Correct the record, or public_address of the listener in the file.",
            expected=", ".join(target.addresses),
        )
    private = sorted(address for address in found if is_internal(address))
    if private and not target.addresses:
        return warning(
            told,
            f"{', '.join(private)} is a private address, which the internet does not reach.",
            "In the external zone the record must have the public address; a server inside was perhaps asked instead.",
        )
    return passed(told)


@check(
    "dns.alias",
    title="Discovery is no alias into another domain",
    tries="Ask the given DNS servers whether the name is an alias (CNAME).",
    expects="An address, or an alias below the same SIP domain.",
    why="Mobile devices do not accept certificates of several domains, so that over HTTPS no alias may lead to "
    'another ("Technical requirements for mobility in Lync Server 2013").',
    clients=(MOBILE, STORE),
    applies=for_discovery,
    after=("dns.outside",),
)
def alias(target: Target, look: Look) -> Verdict:
    """CNAME records of lyncdiscover."""
    domain = target.host.partition(".")[2]
    aliases = [alias for server in target.scope.dns_servers for alias in look(Resolve(target.host, server)).aliases]
    foreign = [one for one in aliases if one != domain and not one.endswith(f".{domain}")]
    if foreign and with_tls(target):
        return failed(
            f"{target.host} is an alias of {foreign[0]}.",
            f"{foreign[0]} is in another domain than {domain}. Mobile clients connect to it by the name of the alias, "
            "and stop when name and certificate do not fit.",
            f"Replace the CNAME by an A record with the proxy's address, or by a CNAME to a name below {domain}.",
        )
    return passed(f"alias of {', '.join(dict.fromkeys(aliases))}" if aliases else "an address, no alias")


@check(
    "dns.internal-hidden",
    title="Names of the inside do not exist outside",
    tries="Ask the given DNS servers for lyncdiscoverinternal and the names of the servers.",
    expects="No such name.",
    why="Clients ask for lyncdiscoverinternal first; where it resolves outside they stay there, and strangers learn "
    'names of servers ("DNS summary - Autodiscover in Lync Server 2013").',
    clients=DISCOVERERS,
    applies=for_discovery,
    after=("dns.outside",),
)
def internal_hidden(target: Target, look: Look) -> Verdict:
    """Internal names at the servers outside."""
    domain = target.host.partition(".")[2]
    own = f"lyncdiscoverinternal.{domain}"
    others = [name for name in target.scope.internal_names if not name.startswith("lyncdiscoverinternal.")]
    first = not target.scope.sip_domains or domain == target.scope.sip_domains[0]
    names = [own, *(others if first else ())]
    answers = {name: [look(Resolve(name, server)) for server in target.scope.dns_servers] for name in names}
    visible = {name: one for name, some in answers.items() for one in some if one.failure is None}
    if own in visible:
        return failed(
            f"{own} is {_described(visible[own])} outside.",
            "The internal zone is visible outside, or the record was created in both zones.",
            f"Delete {own} from the external zone.",
        )
    if visible:
        told = ", ".join(visible)
        return warning(f"{told} resolve outside.", "The internal zone is visible outside.", "Separate the two zones.")
    kinds = {one.failure.kind for some in answers.values() for one in some if one.failure is not None}
    if kinds != {"unknown-name"}:
        return unseen("A DNS server outside did not answer for every name.")
    return passed(f"None of {len(names)} internal names resolves outside.")


@check(
    "dns.loop",
    title="The servers inside are not the proxy itself",
    tries="Resolve the servers that the file names, and compare them with where the published name leads.",
    expects="Other addresses or ports than the proxy's own.",
    why="Inside and outside the same names have different addresses; a proxy that asks the outside connects to itself, "
    "without end.",
    applies=lambda target: bool(target.inside) and with_tls(target),
)
def loop(target: Target, look: Look) -> Verdict:
    """Split-brain DNS, as far as it can be seen from this machine."""
    reached = look(Connect(target.host, target.https_port or 443))
    if reached.failure is not None:
        return skipped("It is not known where the name leads: nothing answers there.")
    own = (reached.address, reached.port)
    resolved = {server: _addresses(server, look) for server in target.inside}
    looping = [server for server, found in resolved.items() if any((one, server.port) == own for one in found)]
    if looping:
        return failed(
            f"{looping[0].address} port {looping[0].port} is {own[0]} port {own[1]}, where {target.host} leads.",
            "The name of the server resolves to the proxy, as the published name does outside.",
            "Give the server an address inside: in the file, in the proxy machine's hosts file, or by internal DNS.",
        )
    if not any(resolved.values()):
        return skipped("The servers inside do not resolve from here, which is as it should be outside.")
    return passed(f"{len(resolved)} servers inside, none of them where the name leads.")


def _addresses(server: InsideServer, look: Look) -> tuple[str, ...]:
    literal = address_or_none(server.address)
    return (literal,) if literal is not None else look(Resolve(server.address)).addresses


def _described(seen: Resolution) -> str:
    return ", ".join([*(f"alias of {alias}" for alias in seen.aliases), *seen.addresses])
