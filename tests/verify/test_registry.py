from __future__ import annotations

import ast
import importlib
import inspect

import pytest

from bridgehead.verify.catalogue import all_checks
from bridgehead.verify.registry import GROUPS, Selection, check, matches
from bridgehead.verify.targets import Target
from bridgehead.verify.verdicts import Verdict, passed
from tests.architecture.source_tree import PACKAGE

CODES = [one.code for one in all_checks()]
TOUCH_THE_NETWORK = {"socket", "ssl", "select", "urllib.request", "http.client", "subprocess", "dns"}


def test_codes_are_unique_and_in_the_order_of_their_groups() -> None:
    assert len(set(CODES)) == len(CODES)
    groups = [code.partition(".")[0] for code in CODES]
    assert groups == sorted(groups, key=list(GROUPS).index)


@pytest.mark.parametrize("code", ["tls", "TLS.name", "nothing.known", "tls.two words", "tls.name"])
def test_a_code_that_is_malformed_unknown_or_taken_is_refused(code: str) -> None:
    def judge(target: Target, look: object) -> Verdict:
        return passed("")

    with pytest.raises(ValueError, match=code):
        check(code, title="", tries="", expects="", why="")(judge)


@pytest.mark.parametrize(
    ("pattern", "code", "match"),
    [
        ("tls", "tls.chain", True),
        ("tls.chain", "tls.chain", True),
        ("tls.chain", "tls.chain-order", False),
        ("tls.chain*", "tls.chain-order", True),
        ("service.*", "service.meet", True),
        ("*.discovery*", "bridge.discovery-http", True),
        ("dns", "tls.chain", False),
    ],
)
def test_patterns(pattern: str, code: str, match: bool) -> None:
    assert matches(pattern, code) is match


def test_a_selection_takes_what_is_wanted_and_not_skipped() -> None:
    selection = Selection(only=("tls",), skip=("tls.chain*",))
    taken = [code for code in CODES if selection.takes(code)]
    assert "tls.name" in taken
    assert {"tls.chain", "tls.chain-order", "dns.resolves"} & set(taken) == set()


def test_a_pattern_that_names_nothing_is_found() -> None:
    assert Selection(only=("tls", "tsl"), skip=("nothing.*",)).unknown(CODES) == ("tsl", "nothing.*")


def imports_of_checks() -> list[tuple[str, str, str]]:
    """File, module and name of everything that files of checks import from."""
    found = []
    for path in (PACKAGE / "verify" / "checks").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found += [(path.name, alias.name, "") for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                found += [(path.name, node.module or "", alias.name) for alias in node.names]
    return found


def test_checks_know_no_socket() -> None:
    assert [one for one in imports_of_checks() if one[1].split(".")[0] in TOUCH_THE_NETWORK] == []


def test_checks_take_questions_and_observations_from_observers_and_nothing_that_acts() -> None:
    acting = []
    for file, module, name in imports_of_checks():
        if module.startswith("bridgehead.verify.observing."):
            taken = getattr(importlib.import_module(module), name)
            if inspect.isroutine(taken):
                acting.append(f"{file}: {module}.{name}")
    assert acting == []
