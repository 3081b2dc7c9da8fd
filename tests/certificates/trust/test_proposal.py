"""What is proposed for trust, from the chains that servers show."""

from __future__ import annotations

from bridgehead.certificates.chains.roots import Roots
from bridgehead.certificates.trust.fetching import Shown
from bridgehead.certificates.trust.proposal import Proposal, propose
from bridgehead.problems import Problem
from tests.certificates.issuing import NOW, Authority

ROOT = Authority("Contoso Root CA")
ISSUING = Authority("Contoso Issuing CA", ROOT)
LEAF = ISSUING.issue(names=("fe01.contoso.local",)).certificate
NOBODY = Roots.of([])


def codes(proposal: Proposal) -> list[str]:
    return [problem.code for problem in proposal.problems]


def test_a_root_that_the_server_sends_is_proposed() -> None:
    shown = Shown("fe01:4443", (LEAF, ISSUING.certificate, ROOT.certificate))
    proposal = propose("pool", [shown], NOBODY, NOW)
    assert (proposal.roots, proposal.problems) == ((ROOT.certificate,), ())


def test_a_chain_that_stops_short_says_so_and_how_to_go_on() -> None:
    proposal = propose("pool", [Shown("fe01:4443", (LEAF, ISSUING.certificate))], NOBODY, NOW)
    assert proposal.roots == ()
    assert codes(proposal) == ["trust.chain-stops-short"]
    assert "--root" in proposal.problems[0].hint


def test_a_given_root_completes_the_chain() -> None:
    proposal = propose("pool", [Shown("fe01:4443", (LEAF, ISSUING.certificate))], Roots.of([ROOT.certificate]), NOW)
    assert (proposal.roots, proposal.problems) == ((ROOT.certificate,), ())


def test_a_given_root_of_another_authority_is_refused() -> None:
    stranger = Roots.of([Authority("Stranger").certificate])
    shown = Shown("fe01:4443", (LEAF, ISSUING.certificate, ROOT.certificate))
    proposal = propose("pool", [shown], stranger, NOW)
    assert (proposal.roots, codes(proposal)) == ((), ["trust.another-root"])


def test_servers_that_disagree_are_told() -> None:
    other = Authority("Other Root CA")
    second = other.issue(names=("fe02.contoso.local",)).certificate
    shown = [Shown("fe01", (LEAF, ISSUING.certificate, ROOT.certificate)), Shown("fe02", (second, other.certificate))]
    proposal = propose("pool", shown, NOBODY, NOW)
    assert set(proposal.roots) == {ROOT.certificate, other.certificate}
    assert codes(proposal) == ["trust.servers-disagree"]


def test_a_server_that_does_not_answer_is_a_problem_and_no_end() -> None:
    silent = Shown("fe02", problem=Problem("trust.no-answer", "fe02", "No certificate can be had."))
    shown = [Shown("fe01", (LEAF, ISSUING.certificate, ROOT.certificate)), silent]
    proposal = propose("pool", shown, NOBODY, NOW)
    assert (proposal.roots, codes(proposal)) == ((ROOT.certificate,), ["trust.no-answer"])
