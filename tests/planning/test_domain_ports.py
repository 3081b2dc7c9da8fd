from __future__ import annotations

from bridgehead.planning.planned import Port
from tests.planning.deployments import contoso, example, plan_of


def domain_rows(text: str) -> list[Port]:
    return [port for port in plan_of(text).ports if port.purpose.startswith("accounts of ")]


def test_a_domain_needs_its_controllers_to_be_reached() -> None:
    rows = domain_rows(example("preauthentication"))
    assert {(row.protocol, row.port) for row in rows if not row.optional} == {
        ("UDP", "53"),
        ("TCP", "53"),
        ("TCP", "88"),
        ("UDP", "88"),
        ("TCP", "389"),
        ("UDP", "389"),
        ("TCP", "445"),
        ("TCP", "135"),
        ("TCP", "49152-65535"),
    }
    assert {row.addresses for row in rows} == {("10.0.0.2", "10.0.0.3")}


def test_controllers_that_the_file_does_not_name_are_asked_for() -> None:
    text = example("preauthentication").replace('domain_controllers = ["10.0.0.2", "10.0.0.3"]\n', "")
    assert {row.destination for row in domain_rows(text)} == {"domain controllers of CONTOSO"}
    assert "domain_controllers in [accounts]" in {question.answer_in for question in plan_of(text).questions}


def test_accounts_in_a_file_need_nobody() -> None:
    assert {row.purpose.split(":")[0] for row in domain_rows(example("preauthentication"))} == {"accounts of CONTOSO"}
    assert not [port for port in contoso().ports if port.port == "88"]
