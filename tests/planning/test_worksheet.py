"""The data collection worksheet: filled in as far as the file knows, and empty without one."""

from __future__ import annotations

from bridgehead.planning.worksheet import worksheet
from tests.planning.deployments import contoso, example, plan_of


def values(text: str, title: str) -> dict[str, str]:
    (part,) = [part for part in plan_of(text).worksheet.parts if part.title == title]
    return {line.item: line.value for line in part.lines}


def test_it_is_filled_in_as_far_as_the_file_knows() -> None:  # SC-38
    pool = values(example("contoso"), "Pool webext.contoso.com")
    assert pool["External web services FQDN"] == "webext.contoso.com"
    assert pool["Port for TLS"] == "4443"
    assert pool["Servers and their addresses"] == "fe01.contoso.local, fe02.contoso.local"
    assert pool["Load balancer's address"] == ""
    assert values(example("contoso"), "Certificate")["Subject name"] == "webext.contoso.com"


def test_without_a_file_every_line_is_empty_and_every_part_is_there() -> None:
    parts = worksheet(None, ()).parts
    titles = [part.title for part in parts]
    assert titles == [
        "Deployment",
        "Front-end pool or Standard Edition server",
        "Director",
        "Office Web Apps farm",
        "Beside it",
        "Reverse proxy",
        "Certificate",
        "Edge pool",
    ]
    assert [line.item for part in parts for line in part.lines if line.value] == []


def test_it_has_a_part_for_each_pool_and_each_edge() -> None:
    titles = [part.title for part in plan_of(example("two-pools")).worksheet.parts]
    assert {"Pool Berlin", "Pool Lisbon", "Pool director", "Pool presentations", "Edge sip.contoso.com"} < set(titles)


def test_what_nobody_writes_in_a_file_is_asked_for_too() -> None:
    lines = {line.item: line.value for part in contoso().worksheet.parts for line in part.lines}
    assert lines["Default gateway"] == ""
    assert lines["Who changes the external DNS"] == ""


def test_a_farm_has_ports_and_names_of_its_own_kind() -> None:
    (farm,) = [part for part in contoso().worksheet.parts if part.title == "Pool officewebapps01.contoso.com"]
    (empty,) = [part for part in worksheet(None, ()).parts if part.title == "Office Web Apps farm"]
    for part in (farm, empty):
        remarks = {line.item: line.why for line in part.lines}
        assert remarks["Port for TLS"] == "443, unless changed."
        assert remarks["Internal FQDN"] == "InternalURL of Get-OfficeWebAppsFarm."
        assert "Users enabled for remote access" not in remarks
