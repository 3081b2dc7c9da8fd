from __future__ import annotations

import pytest
from pydantic import ValidationError

from bridgehead.topology.accounts import Accounts

WINBIND = {"source": "winbind", "domain": "contoso"}


def test_a_source_is_called_after_its_domain() -> None:
    assert Accounts.model_validate(WINBIND).label == "contoso"
    assert Accounts.model_validate({**WINBIND, "name": "inside"}).label == "inside"
    assert Accounts.model_validate({"source": "file", "file": "accounts.toml"}).label == "file"


@pytest.mark.parametrize(
    ("machine", "expected"),
    [("proxy01.contoso.com", "PROXY01"), ("a-very-long-host-name", "A-VERY-LONG-HOS"), ("", "PROXY")],
)
def test_the_computer_is_called_as_samba_would_call_it(machine: str, expected: str) -> None:
    assert Accounts.model_validate(WINBIND, context={"machine": machine}).own_name == expected


def test_what_the_file_calls_the_computer_counts() -> None:
    source = Accounts.model_validate({**WINBIND, "computer": "edge7"}, context={"machine": "proxy01"})
    assert source.own_name == "EDGE7"


def test_a_file_without_a_domain_has_the_name_of_the_machine() -> None:
    file = {"source": "file", "file": "accounts.toml"}
    assert Accounts.model_validate(file, context={"machine": "proxy01"}).own_domain == "PROXY01"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ({"source": "file"}, "accounts.no-file"),
        ({"contoso": WINBIND}, "accounts.name-in-header"),
        ({"source": "winbind"}, "accounts.no-domain"),
        ({**WINBIND, "file": "accounts.toml"}, "accounts.other-source"),
        ({"source": "file", "file": "accounts.toml", "helpers": 2}, "accounts.other-source"),
        ({**WINBIND, "domain": "contoso.com"}, "netbios.not-a-name"),
        ({**WINBIND, "domain": "A-NAME-THAT-IS-TOO-LONG"}, "netbios.not-a-name"),
    ],
)
def test_a_source_that_could_not_be_asked_is_refused(words: dict[str, object], code: str) -> None:
    with pytest.raises(ValidationError) as found:
        Accounts.model_validate(words)
    (error,) = found.value.errors()
    assert error["type"] == code
    assert error["ctx"]["hint"]
