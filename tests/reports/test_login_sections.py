from __future__ import annotations

from bridgehead.planning.changes import changes
from bridgehead.reports.markdown import as_markdown
from bridgehead.reports.plan_document import changes_document, plan_document
from tests.planning.deployments import contoso, example, plan_of


def test_a_plan_with_logins_says_who_enters_and_what_to_register() -> None:
    written = as_markdown(plan_document(plan_of(example("preauthentication"))))
    section = written.split("## Logins at the proxy")[1].split("\n## ")[0]
    assert "X-Remote-User" in section
    assert "setspn -S HTTP/intranet.contoso.com CONTOSO\\ACCOUNT" in section


def test_a_plan_without_logins_has_no_such_section() -> None:
    assert "logins" not in [section.name for section in plan_document(contoso()).sections]


def test_a_change_names_what_to_register() -> None:
    document = changes_document(changes(contoso(), plan_of(example("preauthentication"))))
    assert "kerberos" in [section.name for section in document.sections]
