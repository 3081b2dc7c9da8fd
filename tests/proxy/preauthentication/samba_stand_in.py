"""Programs that speak as Samba's `ntlm_auth` and `wbinfo` do, for one account; they wait where they are told to."""

from __future__ import annotations

import sys
from pathlib import Path

import bridgehead
from bridgehead.spec import Accounts
from tests.proxy.preauthentication.logging_in import PASSWORD

_NTLM_AUTH = """#!{python}
import base64, os, sys, time
sys.path.insert(0, {source!r})
from bridgehead.authentication.ntlm_keys import nt_hash, nt_proof, ntowf_v2, session_base_key

def answer(asked):
    open({directory!r} + "/asked", "a").write("x")
    while os.path.exists({directory!r} + "/wait"):
        time.sleep(0.01)
    if os.path.exists({directory!r} + "/die"):
        sys.exit(1)
    user = base64.b64decode(asked["Username:"]).decode()
    domain = base64.b64decode(asked["NT-Domain:"]).decode()
    response = bytes.fromhex(asked["NT-Response"])
    key = ntowf_v2(nt_hash({password!r}), user.upper(), domain)
    if nt_proof(key, bytes.fromhex(asked["LANMAN-Challenge"]), response[16:]) != response[:16]:
        return "Authenticated: No\\nAuthentication-Error: NT_STATUS_WRONG_PASSWORD\\n.\\n"
    return "Authenticated: Yes\\nUser-Session-Key: " + session_base_key(key, response[:16]).hex().upper() + "\\n.\\n"

asked = {{}}
for line in sys.stdin:
    line = line.rstrip("\\n")
    if line == ".":
        print(answer(asked), end="", flush=True)
        asked = {{}}
    else:
        name, _, value = line.partition(": ")
        if name.startswith("End-of"):
            print("Error: Unknown request " + name + "\\n.", flush=True)
        asked[name] = value
"""
_WBINFO = """#!/bin/sh
case "$1" in
--separator) echo '\\\\' ;;
--name-to-sid=*) echo "S-1-5-21-1-2-3-1001 SID_USER (1)" ;;
--sid-to-name=*) echo 'CONTOSO\\\\alice 1' ;;
--user-sids=*) echo S-1-5-21-1-2-3-513 ;;
esac
"""


class Samba:
    """A domain of one user, alice."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        source = str(Path(bridgehead.__file__).parent.parent)
        self._write(
            "ntlm_auth",
            _NTLM_AUTH.format(python=sys.executable, source=source, directory=str(directory), password=PASSWORD),
        )
        self._write("wbinfo", _WBINFO)

    def _write(self, name: str, script: str) -> None:
        path = self._directory / name
        path.write_text(script, "utf-8")
        path.chmod(0o755)

    def accounts(self, **options: object) -> tuple[Accounts, ...]:
        return (
            Accounts(
                name="people",
                source="winbind",
                domain="CONTOSO",
                dns_domain="contoso.com",
                computer="EDGE",
                ntlm_auth=str(self._directory / "ntlm_auth"),
                wbinfo=str(self._directory / "wbinfo"),
                **options,
            ),
        )

    @property
    def questions(self) -> int:
        """How often it was asked."""
        asked = self._directory / "asked"
        return len(asked.read_text("ascii")) if asked.exists() else 0

    def hold(self) -> None:
        """Answer nothing from now on."""
        (self._directory / "wait").touch()

    def let_go(self) -> None:
        """Answer again."""
        (self._directory / "wait").unlink()

    def die(self) -> None:
        """End when asked."""
        (self._directory / "die").touch()
