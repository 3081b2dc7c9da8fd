"""From the file to what orders need: authorities, the names that are planned, and a way to prove them."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bridgehead.certificates.acme import authority as acme
from bridgehead.certificates.acme.failure import AttemptFailed
from bridgehead.certificates.acme.hook import Hook
from bridgehead.certificates.acme.standalone import Standalone
from bridgehead.certificates.pair import names_in
from bridgehead.certificates.request.requested import RequestedCertificate, kind_of_type
from bridgehead.certificates.request.sound import made_sound
from bridgehead.cli.certificate.expectations import expectation
from bridgehead.cli.certificate.planned_request import TYPE_OF_KIND, planned_request, store_name
from bridgehead.planning.plan import make_plan
from bridgehead.problems import Problem, ProblemsFound
from bridgehead.proxy.control import ask, default_path, may_run
from bridgehead.topology.interfaces import machine_addresses
from bridgehead.topology.values import split_host_and_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import timedelta

    from bridgehead.certificates.acme.dns_update import UpdateSettings
    from bridgehead.certificates.acme.order import Prover
    from bridgehead.certificates.acme.renewal import Wanted
    from bridgehead.certificates.acme.state import Proof
    from bridgehead.cli.certificate.place import Place
    from bridgehead.planning.planned import Plan
    from bridgehead.topology.acme import Authority, DnsUpdate
    from bridgehead.topology.model import Topology

ANSWERED_SECONDS = 900.0
"""How long the proxy answers challenges that nobody takes back: longer than one attempt lasts."""

CLOCK = acme.Clock(now=lambda: datetime.now(UTC), sleep=time.sleep, fraction=random.SystemRandom().random)


def topology_of(place: Place) -> Topology:
    """What the file says. Raises ProblemsFound where it names no authority."""
    topology = place.topology
    if topology is None or not topology.authorities:
        message = "The file names no authority to order certificates from."
        hint = 'Add [acme] with directory = "letsencrypt" (docs/certificates.md, "Renewal").'
        raise ProblemsFound([Problem("acme.no-authority", "", message, hint)])
    return topology


def as_authority(authority: Authority) -> acme.Authority:
    """An authority of the file."""
    external = authority.external_account
    return acme.Authority(
        label=authority.label,
        directory=authority.url,
        email=authority.email,
        terms_agreed=authority.terms_agreed,
        external_account=acme.ExternalAccount(external.key_id, Path(external.key_file), external.algorithm)
        if external is not None
        else None,
        roots=tuple(map(Path, authority.root)),
        profile=authority.profile,
        challenge=authority.challenge,
    )


def for_trial(authority: Authority) -> acme.Authority:
    """The same authority's staging directory; where it has none, the authority itself."""
    ours, staging = as_authority(authority), authority.staging_url
    return replace(ours, directory=staging, for_trial=True) if staging is not None else ours


# What is wanted


def wanted_certificates(place: Place, name: str | None, soon: timedelta) -> list[Wanted]:
    """Every certificate and kind that the file orders by ACME, or those of one name. Raises ProblemsFound."""
    from bridgehead.certificates.acme.renewal import Wanted  # noqa: PLC0415 - brings the ACME library with it

    topology = topology_of(place)
    ordered = {one: pairs for one, pairs in topology.certificates.items() if any(pair.acme for pair in pairs)}
    if name is not None and name not in ordered:
        message = f"The file orders no certificate {name!r}."
        hint = f"Those with acme = true: {', '.join(ordered) or 'none'}."
        raise ProblemsFound([Problem("acme.unknown-name", "NAME", message, hint)])
    plan = make_plan(topology, datetime.now(UTC).astimezone().date(), machine_addresses())
    found = []
    for one, pairs in ordered.items():
        if name not in {None, one}:
            continue
        requested, kinds = _requested(one, plan, topology), [kind for pair in pairs if pair.acme for kind in pair.store]
        expected = expectation(one, plan, topology, _entries_of_others(place, one), soon)
        for kind in kinds:
            key_types = tuple(each for each in requested.key_types if kind_of_type(each) == kind)
            single = replace(requested, key_types=key_types[:1] or (TYPE_OF_KIND[kind],))
            found.append(Wanted(one, kind, single, expected))
    return found


def _requested(name: str, plan: Plan, topology: Topology) -> RequestedCertificate:
    for planned in plan.certificates:
        if store_name(plan, planned) == name:
            return made_sound(planned_request(plan, planned, topology))
    names = ", ".join(store_name(plan, planned) for planned in plan.certificates)
    message = f"The certificate {name} is to be ordered by ACME, and nothing is planned for it."
    hint = f"Bind it to a listener with TLS. Planned: {names or 'nothing'}."
    raise ProblemsFound([Problem("acme.not-planned", f"certificate.{name}", message, hint)])


def _entries_of_others(place: Place, name: str) -> dict[str, list[str]]:
    certificates = place.loaded.spec.certificates if place.loaded is not None else ()
    return {
        one.name: [entry for pair in one.pairs for entry in names_in(pair.chain)]
        for one in certificates
        if one.name != name
    }


# How names are proved


def prover_for(authority: Authority, place: Place, control: Path | None) -> Prover:
    """What shows proofs to this authority. Raises ProblemsFound where a key for updates cannot be read."""
    if authority.challenge == "http-01":
        return ProxyOrStandalone(place, control or default_path())
    if authority.dns_update is None:
        return Hook(authority.hook, authority.hook_seconds)
    from bridgehead.certificates.acme.dns_update import DnsUpdates  # noqa: PLC0415 - brings a DNS library with it

    return DnsUpdates(_settings(authority.dns_update, authority.propagation_seconds), CLOCK)


def _settings(update: DnsUpdate, seconds: float) -> UpdateSettings:
    from bridgehead.certificates.acme.dns_update import UpdateSettings  # noqa: PLC0415 - the same

    return UpdateSettings(
        server=_place(update.server),
        key_file=Path(update.key_file),
        zone=update.zone,
        name_servers=tuple(map(_place, update.name_servers)),
        propagation_seconds=seconds,
    )


def _place(text: str) -> tuple[str, int]:
    host, port = split_host_and_port(text)
    return host, port or 53


class ProxyOrStandalone:
    """http-01 by the listeners of the file: those of the running proxy, or our own where none runs."""

    def __init__(self, place: Place, control: Path) -> None:
        self._control = control
        self._standalone = Standalone(tuple(_plain_addresses(place)))

    def place(self, proofs: Sequence[Proof]) -> None:
        """Let the proxy answer these. Raises AttemptFailed where it cannot."""
        if not may_run(self._control):
            self._standalone.place(proofs)
            return
        told = self._tell(proofs)
        if not told:
            message = f"The proxy that runs on {self._control} has no listener without TLS to answer http-01."
            hint = 'Add [[listener]] address = "0.0.0.0:80" and reload, or write challenge = "dns-01".'
            raise AttemptFailed([Problem("acme.no-listener", "", message, hint)], another_may_help=False)

    def remove(self, proofs: Sequence[Proof]) -> None:
        """Let nobody answer any more."""
        self._standalone.remove(proofs)
        if may_run(self._control):
            try:
                self._tell(())
            except AttemptFailed:
                return  # they are forgotten by themselves

    def _tell(self, proofs: Sequence[Proof]) -> list[str]:
        answers = [{"host": proof.name, "token": proof.token, "answer": proof.value} for proof in proofs]
        try:
            told = ask(self._control, "challenges", answers=answers, seconds=ANSWERED_SECONDS)
        except ProblemsFound as found:
            raise AttemptFailed(found.problems, another_may_help=False) from None
        if not told["ok"]:
            problems = [Problem(**problem) for problem in told["problems"]]
            raise AttemptFailed(problems, another_may_help=False)
        return list(told["listeners"])


def _plain_addresses(place: Place) -> Iterator[tuple[str, int]]:
    for listener in place.loaded.spec.listeners if place.loaded is not None else ():
        if not listener.tls:
            yield listener.host, listener.port
