"""What the plan could not know of the accounts inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.planning.planned import Question

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgehead.spec import ProxySpec
    from bridgehead.topology.model import Topology


def account_questions(topology: Topology, proxy: ProxySpec) -> Iterator[Question]:
    """Open questions about the domain behind what is published."""
    shielded = any(rule.action.kind == "forward" and rule.action.shield for rule in proxy.rules)
    if shielded and topology.shield.enabled and "lockout_threshold" not in topology.shield.model_fields_set:
        threshold, window = topology.shield.lockout_threshold, topology.shield.lockout_window_seconds / 60
        yield Question(
            about="shield",
            question="After how many failed logins, and within how many minutes, does the domain lock an account?",
            why=f"The shield lets fewer through than that. It counts on {threshold} within {window:.0f} minutes; "
            "against a stricter domain a guesser outside could lock users out inside.",
            answer_in="lockout_threshold and lockout_window_seconds in [shield]; `net accounts /domain` prints them",
        )
    used = {source.name for source in proxy.accounts}
    for source in topology.accounts:
        if source.source == "winbind" and source.label in used and not source.domain_controllers:
            yield Question(
                about=source.label,
                question=f"Which domain controllers of {source.own_domain} does the proxy ask?",
                why="The firewall must let it reach each of them; from a perimeter that should be few.",
                answer_in="domain_controllers in [accounts]",
            )
