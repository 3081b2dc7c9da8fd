"""Lines of a hosts file."""

from __future__ import annotations

from bridgehead.reports.hosts_file import hosts_lines
from tests.planning.deployments import example, plan_of


def test_address_then_name_and_a_comment_where_the_address_is_not_known() -> None:
    records = [one for one in plan_of(example("two-pools")).records if one.view == "other-proxy"]
    lines = hosts_lines(records).splitlines()
    assert lines[0].split() == ["10.0.0.10", "webdirext.contoso.com"]
    assert lines[1].startswith("# <address> webext-berlin.contoso.com")
