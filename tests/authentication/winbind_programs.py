"""Programs that speak as Samba's do, and know three people: what the tests of our side of winbind ask."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

import uvloop

from bridgehead.spec import Accounts

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from pathlib import Path
    from typing import Any

T = TypeVar("T")

KEY = "00112233445566778899AABBCCDDEEFF"

# Samba's own words and full stops, as `ntlm_auth` of 4.17 writes them: an error has one full stop too many.
_NTLM_AUTH = """#!/bin/sh
test "$1" = --helper-protocol=ntlm-server-1 || exit 2
everybody=
test -e "$(dirname "$0")/careless" && everybody='*'
refuse() { printf 'Authenticated: No\\nAuthentication-Error: %s\\n.\\n.\\n' "$1"; }
while read -r name value
do
    case $name in
    LANMAN-Challenge:|NT-Response:|Request-User-Session-Key:) ;;
    Username::) user=$(echo "$value" | base64 -d) ;;
    NT-Domain::) domain=$(echo "$value" | base64 -d) ;;
    .)
        printf '%s\\n' "$domain/$user" >> "$(dirname "$0")/judged"
        case $domain/$user in
        CONTOSO/alice|CONTOSO/bob|CONTOSO/stranger|contoso.com/alice|/alice@contoso.com|CONTOSO/carol@fabrikam.com)
            printf 'Authenticated: Yes\\nUser-Session-Key: KEY\\n.\\n' ;;
        $everybody)
            printf 'Authenticated: Yes\\nUser-Session-Key: KEY\\n.\\n' ;;
        CONTOSO/keyless) printf 'Authenticated: Yes\\n.\\n' ;;
        CONTOSO/wrong) refuse 'When trying to update a password, this return status indicates that the value provided \
as the current password is not correct.' ;;
        CONTOSO/absent-winbind) refuse 'Reading winbind reply failed!' ;;
        CONTOSO/babbler) printf 'Authenticated: Ye' ; echo 'a\\0b'; echo '.' ;;
        CONTOSO/dying) exit 1 ;;
        CONTOSO/hanging) exec sleep 600 ;;
        *) refuse 'The specified account does not exist.' ;;
        esac ;;
    *) printf 'Error: Unknown request %s\\n.\\n' "${name%:}" ;;
    esac
done
"""

_WBINFO = """#!/bin/sh
printf '%s\\n' "$1" >> "$(dirname "$0")/looked-up"
sid=S-1-5-21-1-2-3
case $1 in
--separator) echo '+' ;;
"--name-to-sid=CONTOSO+alice"|"--name-to-sid=contoso.com+alice"|--name-to-sid=alice@contoso.com)
    echo "$sid-1103 SID_USER (1)" ;;
"--name-to-sid=CONTOSO+bob") echo "$sid-1104 SID_USER (1)" ;;
"--name-to-sid=CONTOSO+carol@fabrikam.com") echo "$sid-1105 SID_USER (1)" ;;
"--name-to-sid=CONTOSO+Lync Users") echo "$sid-2001 SID_DOM_GROUP (2)" ;;
"--name-to-sid=FABRIKAM+Lync Users") echo "$sid-2002 SID_ALIAS (4)" ;;
"--name-to-sid=FABRIKAM+dave") echo "$sid-1106 SID_USER (1)" ;;
--sid-to-name=$sid-1106) echo 'FABRIKAM+dave 1' ;;
--user-sids=$sid-1106) echo $sid-1106 ;;
--sid-to-name=$sid-1103) echo 'CONTOSO+alice 1' ;;
--sid-to-name=$sid-1104) echo 'CONTOSO+bob 1' ;;
--sid-to-name=$sid-1105) echo 'CONTOSO+carol 1' ;;
--user-sids=$sid-1103) printf '%s\\n' $sid-1103 $sid-513 $sid-2001 S-1-5-32-545 ;;
--user-sids=$sid-1104) printf '%s\\n' $sid-1104 $sid-2002 $sid-20011 ;;
"--name-to-sid=CONTOSO+hanging") exec sleep 600 ;;
"--name-to-sid=CONTOSO+winbind-stopped")
    echo 'failed to call wbcLookupName: WBC_ERR_WINBIND_NOT_AVAILABLE' >&2; exit 1 ;;
*) echo 'failed to call wbcLookupName: WBC_ERR_DOMAIN_NOT_FOUND' >&2; exit 1 ;;
esac
"""


class WinbindPrograms:
    """The two programs in a directory, what they were asked, and a loop to ask them on."""

    def __init__(self, directory: Path) -> None:
        self.loop = uvloop.new_event_loop()
        self._directory = directory
        for name, text in (
            ("ntlm_auth", _NTLM_AUTH.replace("User-Session-Key: KEY", f"User-Session-Key: {KEY}")),
            ("wbinfo", _WBINFO),
        ):
            (directory / name).write_text(text)
            (directory / name).chmod(0o755)

    def let_everybody_in(self) -> None:
        """A domain that says yes to any name: what a program may not believe of it is seen then."""
        (self._directory / "careless").touch()

    def accounts(self, *, seconds: float = 20.0, helpers: int = 1, **changed: str) -> Accounts:
        programs = {"ntlm_auth": str(self._directory / "ntlm_auth"), "wbinfo": str(self._directory / "wbinfo")}
        return Accounts(
            name="domain",
            source="winbind",
            domain="CONTOSO",
            dns_domain="contoso.com",
            computer="GATEWAY",
            helpers=helpers,
            helper_seconds=seconds,
            **{**programs, **changed},
        )

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(asyncio.wait_for(work, 30))

    @property
    def judged(self) -> list[str]:
        """Domain and user of each claim that was judged."""
        return self._lines("judged")

    @property
    def looked_up(self) -> list[str]:
        """What was asked of `wbinfo`."""
        return self._lines("looked-up")

    def _lines(self, name: str) -> list[str]:
        path = self._directory / name
        return path.read_text().splitlines() if path.exists() else []
