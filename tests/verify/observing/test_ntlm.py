from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING

import pytest

from bridgehead.lab.users import NAMED, write_credential_store
from bridgehead.lab.windows_authentication import ConnectionAuthentication
from bridgehead.verify.credentials import User
from bridgehead.verify.observing.ntlm import (
    LoginImpossible,
    Scheme,
    WindowsLogin,
    describe_token,
    token_in,
)

if TYPE_CHECKING:
    from pathlib import Path

ALICE = User(NAMED[0].account, NAMED[0].password)


def logged_in(login: WindowsLogin, store: Path) -> str | None:
    """Who the laboratory's acceptor takes the login for."""
    authentication = ConnectionAuthentication(store)

    def leg(credential: str) -> list[str]:
        scheme, _, token = credential.partition(" ")
        return [line for _, line in authentication._step(scheme, base64.b64decode(token))[1]]

    challenge = token_in(leg(login.first()), login.scheme)
    assert challenge is not None
    leg(login.answer(challenge))
    return authentication.user


@pytest.mark.parametrize("scheme", ["NTLM", "Negotiate"])
@pytest.mark.parametrize("binding", [None, b"\x01" * 32])
def test_a_login_is_accepted(tmp_path: Path, scheme: Scheme, binding: bytes | None) -> None:
    write_credential_store(tmp_path / "users", NAMED)
    assert logged_in(WindowsLogin(scheme, ALICE, "site.test", binding), tmp_path / "users") == ALICE.name


def test_an_environment_that_asks_for_ntlm_version_1_is_not_listened_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LM_COMPAT_LEVEL", "0")
    write_credential_store(tmp_path / "users", NAMED)
    login = WindowsLogin("NTLM", ALICE, "site.test")
    # The acceptor takes NTLMv2 alone.
    assert logged_in(login, tmp_path / "users") == ALICE.name
    assert os.environ["LM_COMPAT_LEVEL"] == "0"


@pytest.mark.parametrize("challenge", ["not base64!", base64.b64encode(b"NTLMSSP\0nonsense").decode(), ""])
def test_a_malformed_challenge_is_not_answered(challenge: str) -> None:
    login = WindowsLogin("NTLM", ALICE, "site.test")
    login.first()
    with pytest.raises(LoginImpossible):
        login.answer(challenge)


def test_tokens_are_described_and_not_shown() -> None:
    first = WindowsLogin("NTLM", ALICE, "site.test").first().partition(" ")[2]
    assert describe_token(first).startswith("type 1 (")
    wrapped = WindowsLogin("Negotiate", ALICE, "site.test").first().partition(" ")[2]
    assert "in SPNEGO" in describe_token(wrapped)
    assert describe_token(base64.b64encode(b"a ticket").decode()) == "token (8 bytes)"
    assert describe_token("not base64!") == "11 characters"


def test_the_token_of_the_right_scheme_is_taken() -> None:
    lines = ["Negotiate", 'Basic realm="NTLM"', "ntlm dG9rZW4="]
    assert token_in(lines, "NTLM") == "dG9rZW4="
    assert token_in(lines, "Negotiate") is None
