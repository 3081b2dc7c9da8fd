"""The laboratory with its faults, and a verification of it that resolves names as the laboratory's DNS has them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bridgehead.cli.verify_targets import targets_of_file
from bridgehead.verify.credentials import User
from bridgehead.verify.observing.network import network
from bridgehead.verify.observing.patience import Patience
from bridgehead.verify.observing.questions import Connect, Resolve
from bridgehead.verify.observing.ways import Leads, Way
from bridgehead.verify.registry import Selection
from bridgehead.verify.run import Verification
from bridgehead.verify.targets import Scope
from tests.end_to_end.free_port import free_port

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgehead.lab.faults.fault import Fault
    from bridgehead.lab.faults.published import FaultyLab
    from bridgehead.verify.observing.question import Look, Question, Seen
    from bridgehead.verify.results import Report

LOOPBACK = "127.0.0.1"
UPLOAD_BYTES = 1 << 20


def report_on(
    lab: FaultyLab,
    fault: Fault,
    selection: Selection | None = None,
    *,
    hosts: tuple[str, ...] = (),
    poll_seconds: float = 0,
    through: Callable[[Look], Look] = lambda look: look,
) -> Report:
    """What verification says of the laboratory with this fault: of every name, or of these hosts' first labels.

    With `poll_seconds` two people log in, and their event channel is to be held for so long. `through` is what stands
    between whoever looks and the laboratory.
    """
    scope = Scope(
        dns_servers=(lab.outside.address,),
        upload_bytes=UPLOAD_BYTES,
        poll_seconds=(poll_seconds,) if poll_seconds else (),
    )
    way = Way(
        # Who ignores Expect is not waited for longer than it takes to see.
        patience=replace(Patience(), interim_seconds=0.5),
        leads=(Leads(LOOPBACK),),
        roots=(lab.deployment.outside_root,),
        users=_users(lab) if poll_seconds else (),
    )
    with lab.publishing(fault):
        targets = targets_of_file(lab.file, scope)
        wanted = [one for one in targets if not hosts or one.host.partition(".")[0] in hosts]
        return Verification(
            wanted, resolving(through(network(way)), lab), fault.name, selection or Selection()
        ).report()


def resolving(look: Look, lab: FaultyLab) -> Look:
    """A look whose own resolver is the laboratory's DNS for this place: the machine's knows nothing of it."""

    def at_home(question: Question[Seen]) -> Seen:
        if isinstance(question, Resolve) and not question.server:
            return look(replace(question, server=lab.here.address))  # type: ignore[return-value]  # as for the question
        return look(question)

    return at_home


def behind_a_firewall(lab: FaultyLab, address: str) -> Callable[[Look], Look]:
    """Ports 4443 and 8080 as a machine outside sees them: a firewall has this address, and forwards 4443 by mistake."""
    forwarded = {4443: lab.deployment.front_ends[0].external.port, 8080: free_port()}

    def through(look: Look) -> Look:
        def from_outside(question: Question[Seen]) -> Seen:
            if not isinstance(question, Connect):
                return look(question)
            seen = look(replace(question, port=forwarded.get(question.port, question.port)))
            return seen.model_copy(update={"address": address, "port": question.port})  # type: ignore[return-value]  # as for the question

        return from_outside

    return through


def _users(lab: FaultyLab) -> tuple[User, ...]:
    domain = lab.publication.sip_domain
    return tuple(
        User(user.account, user.password, sip_address=user.sip_address(domain)) for user in lab.deployment.users[:2]
    )
