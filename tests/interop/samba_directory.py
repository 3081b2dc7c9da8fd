"""A program for Debian's Python, which has Samba's modules: writes into a domain's own database, and reads from it.

    /usr/bin/python3 samba_directory.py SMB.CONF fill < directory.json
    /usr/bin/python3 samba_directory.py SMB.CONF add < names.json
    /usr/bin/python3 samba_directory.py SMB.CONF change ACCOUNT < attributes.json
    /usr/bin/python3 samba_directory.py SMB.CONF put-into|take-out-of GROUP < names.json
    /usr/bin/python3 samba_directory.py SMB.CONF counts

Some fifty times as fast as a `samba-tool` for each user. `counts` prints each account's badPwdCount and whether it is
locked, as the domain controller's own database has them.
"""

from __future__ import annotations

import json
import secrets
import sys
from typing import Any

import ldb
from samba import dsdb
from samba.auth import system_session
from samba.credentials import Credentials
from samba.param import LoadParm
from samba.samdb import SamDB

# Lets pwdLastSet be written as it is; over LDAP only 0 and -1 are allowed (MS-ADTS 3.1.1.3.4.1 has no such control).
_BYPASS_LAST_SET = "local_oid:1.3.6.1.4.1.7165.4.3.20:0"
_ENABLED = "512"


class Directory:
    """The database of one domain controller, with all rights."""

    def __init__(self, configuration: str) -> None:
        settings = LoadParm()
        settings.load(configuration)
        credentials = Credentials()
        credentials.guess(settings)
        self._database = SamDB(lp=settings, session_info=system_session(), credentials=credentials)

    def fill(self, wanted: dict[str, Any]) -> None:
        """Make the policy, the users and the groups that are wanted, in one transaction."""
        self._database.transaction_start()
        self._set(self._database.get_default_basedn(), wanted["policy"])
        partitions = f"CN=Partitions,{self._database.get_config_basedn()}"
        self._set(ldb.Dn(self._database, partitions), {"uPNSuffixes": wanted["suffix"]})
        for user in wanted["users"]:
            self._database.newuser(user["name"], user["password"])
            self._set(self._find(user["name"]), user["attributes"], [_BYPASS_LAST_SET])
        for name, members in wanted["groups"].items():
            self._database.newgroup(name)
            self._database.add_remove_group_members(name, members, add_members_operation=True)
        self._database.transaction_commit()

    def add(self, names: list[str]) -> None:
        """Make users with a password that nobody knows, in one transaction; a hundred times as fast as with one."""
        place = self._database.get_wellknown_dn(self._database.get_default_basedn(), dsdb.DS_GUID_USERS_CONTAINER)
        self._database.transaction_start()
        for name in names:
            account = {
                "dn": f"CN={name},{place}",
                "objectClass": "user",
                "sAMAccountName": name,
                "userAccountControl": _ENABLED,
                "unicodePwd": secrets.token_bytes(16),
            }
            self._database.add(account, [f"local_oid:{dsdb.DSDB_CONTROL_BYPASS_PASSWORD_HASH_OID}:0"])
        self._database.transaction_commit()

    def change(self, name: str, attributes: dict[str, str]) -> None:
        """Give an account other attributes."""
        self._set(self._find(name), attributes, [_BYPASS_LAST_SET])

    def change_members(self, group: str, names: list[str], *, add: bool) -> None:
        """Put accounts into a group, or take them out of it."""
        self._database.add_remove_group_members(group, names, add_members_operation=add)

    def counts(self) -> dict[str, dict[str, int]]:
        """What the controller has counted against each account."""
        return {
            str(found["sAMAccountName"]): {
                "bad": int(str(found.get("badPwdCount", "0"))),
                "locked": int(str(found.get("lockoutTime", "0"))),
            }
            for found in self._database.search(
                expression="(objectCategory=person)", attrs=["sAMAccountName", "badPwdCount", "lockoutTime"]
            )
        }

    def _find(self, name: str) -> Any:  # noqa: ANN401 - an ldb.Dn, and ldb has no types
        return self._database.search(expression=f"(sAMAccountName={ldb.binary_encode(name)})", attrs=[])[0].dn

    def _set(self, place: Any, attributes: dict[str, str], controls: list[str] | None = None) -> None:  # noqa: ANN401 - as above
        if attributes:
            change = ldb.Message(place)
            for name, value in attributes.items():
                change[name] = ldb.MessageElement(value, ldb.FLAG_MOD_REPLACE, name)
            self._database.modify(change, controls or [])


if __name__ == "__main__":
    directory = Directory(sys.argv[1])
    if sys.argv[2] == "fill":
        directory.fill(json.load(sys.stdin))
    elif sys.argv[2] == "add":
        directory.add(json.load(sys.stdin))
    elif sys.argv[2] in {"put-into", "take-out-of"}:
        directory.change_members(sys.argv[3], json.load(sys.stdin), add=sys.argv[2] == "put-into")
    elif sys.argv[2] == "change":
        directory.change(sys.argv[3], json.load(sys.stdin))
    else:
        json.dump(directory.counts(), sys.stdout)
