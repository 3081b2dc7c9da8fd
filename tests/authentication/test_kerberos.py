"""What is said of a keytab. Tickets need a realm: they are judged in tests/interop/test_domain_source.py."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bridgehead.authentication.kerberos import ticket_reader
from bridgehead.problems import ProblemsFound
from tests.authentication.keytabs import entry, keytab


def problem_of(content: bytes) -> str:
    with pytest.raises(ProblemsFound) as found:
        ticket_reader(content, "bridgehead.toml: accounts.domain.keytab")
    (problem,) = found.value.problems
    assert problem.code == "accounts.keytab-unusable"
    assert problem.hint
    return str(problem)


def test_another_file_than_a_keytab_is_a_problem_that_names_its_place() -> None:
    said = problem_of(b"-----BEGIN CERTIFICATE-----")
    assert said.startswith("bridgehead.toml: accounts.domain.keytab: ")
    assert "not a keytab" in said


def test_a_keytab_for_another_service_is_a_problem_that_names_what_it_is_for() -> None:
    said = problem_of(keytab(entry("CONTOSO.COM", "host", "web.contoso.com")))
    assert "HTTP/<published name>" in said
    assert "host/web.contoso.com@CONTOSO.COM" in said


def test_without_the_extra_a_keytab_is_a_problem_that_says_what_to_install() -> None:
    # In a process of its own: whether the package is there is settled when the module is imported.
    good = keytab(entry("CONTOSO.COM", "HTTP", "web.contoso.com"))
    program = (
        "import sys; sys.modules['gssapi'] = None\n"
        "from bridgehead.authentication.kerberos import ticket_reader\n"
        "from bridgehead.problems import ProblemsFound\n"
        "try:\n"
        f"    ticket_reader({good!r}, 'keytab')\n"
        "except ProblemsFound as found:\n"
        "    print(found.problems[0].code, found)\n"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said.startswith("accounts.kerberos-missing keytab: ")
    assert "bridgehead[kerberos]" in said
