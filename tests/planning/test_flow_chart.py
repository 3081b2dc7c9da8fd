"""The flow chart: each question answered for this deployment, and every name reached by an answer."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings

from bridgehead.planning.flow_chart import DERIVED
from bridgehead.planning.plan import make_plan
from tests.planning.deployments import DAY, consistent, contoso, topologies


def answers(more: str = "") -> dict[str, bool]:
    return {step.question: step.answer for step in contoso(more).flow_chart}


def test_contosos_path_through_the_chart() -> None:  # CS-1
    assert answers() == {
        "Do users sign in from outside?": True,
        "More than one front-end pool or Standard Edition server?": False,
        "Is a Director deployed?": True,
        "Do people join meetings from outside?": True,
        "Is dial-in conferencing used?": True,
        "A wildcard for meet and dial-in?": False,
        "Are presentations shared by Office Web Apps?": True,
        "Do mobile clients discover the deployment over 443?": True,
        "Is Exchange, or another site, published beside it?": False,
        "Several proxies, or a request made elsewhere?": False,
        "One certificate with the Edge Servers?": False,
        "Signed by a public authority?": True,
    }


def test_the_choices_of_the_file_lead_another_way() -> None:
    other = answers('[plan]\nwildcard = true\nproxies = 2\nissuer = "private"\ncombined_with_edge = true\n')
    changed = {question for question, answer in other.items() if answer is not answers()[question]}
    assert len(changed) == 4


def test_it_says_that_it_is_derived_from_the_text() -> None:
    assert "Derived from the text" in DERIVED


@given(topologies())
@settings(max_examples=80, deadline=None)
def test_the_answers_add_up_to_the_names_of_the_certificate(data: dict[str, Any]) -> None:
    plan = make_plan(consistent(data), DAY)
    reached = {name for step in plan.flow_chart for name in step.names}
    own = plan.certificates_for("reverse-proxy")
    assert reached == {host for one in own for entry in one.entries for host in entry.covers}
