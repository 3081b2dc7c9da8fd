"""Sources of accounts, for logins that end at the proxy itself."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from bridgehead.topology.values import FilePath, Host, HostName, Label, Part, Reference, Seconds, Several, wrong

# "Naming conventions in Active Directory": fifteen characters, none that paths are made of, and no full stop.
_NETBIOS = re.compile(r"[^\\/:*?\"<>|.\s@]{1,15}")
LONGEST_NETBIOS_NAME = 15


def _netbios_name(text: str) -> str:
    if not _NETBIOS.fullmatch(text):
        raise wrong(
            "netbios.not-a-name",
            f"{text!r} is not a NetBIOS name",
            f"At most {LONGEST_NETBIOS_NAME} characters, as CONTOSO; the DNS name, contoso.com, is dns_domain.",
        )
    return text


NetBiosName = Annotated[str, AfterValidator(_netbios_name)]
"""A NetBIOS name."""


def _of_this_machine(name: str | None, info: ValidationInfo) -> str:
    """The name of the machine, as Samba takes it where smb.conf has no `netbios name`."""
    if name is not None:
        return name
    machine = str((info.context or {}).get("machine") or "PROXY")
    return machine.partition(".")[0][:LONGEST_NETBIOS_NAME]


OwnName = Annotated[NetBiosName | None, AfterValidator(_of_this_machine), Field(validate_default=True)]


class Accounts(Part):
    """A source of accounts for `authentication = "ntlm"`."""

    name: Label | None = None
    """What to call it, where there are several; its domain without it."""
    source: Literal["file", "winbind"]
    """`winbind`: a domain that this machine has joined, asked through Samba's winbind. `file`: accounts in a file,
    made by `bridgehead user add`."""
    file: FilePath | None = None
    """For `file`: the file. Nobody but its owner may read it."""
    domain: NetBiosName | None = None
    """NetBIOS name of the domain, as `CONTOSO`. Needed with `winbind`; a file without one has the machine's name."""
    dns_domain: HostName | None = None
    """DNS name of the domain, as `contoso.com`."""
    computer: OwnName = None
    """NetBIOS name of this machine, as it joined the domain: domain controllers compare it. Without it the first label
    of the host name, as Samba does it; a farm leaves it out."""
    keytab: FilePath | None = None
    """Keys for Kerberos, of `HTTP/` and each published name. Without it clients that try Kerberos go on with NTLM."""
    domain_controllers: Several[Host] = ()
    """For `winbind`: names or addresses of domain controllers. For plans alone: Samba finds them in DNS."""
    helpers: Annotated[int, Field(strict=True, ge=1, le=64)] = 4
    """For `winbind`: helper programs that each worker process keeps."""
    helper_seconds: Annotated[Seconds, Field(le=120)] = 10.0
    """For `winbind`: how long an answer may take; then the login has failed, and the client may try again."""
    ntlm_auth: Reference = "ntlm_auth"
    """For `winbind`: Samba's helper program, if it is not in the path."""
    wbinfo: Reference = "wbinfo"
    """For `winbind`: Samba's program for groups, if it is not in the path."""

    @property
    def label(self) -> str:
        """What the source is called."""
        return self.name or self.domain or self.source

    @property
    def own_domain(self) -> str:
        """The domain of users who name none, in the capitals that Windows writes."""
        return (self.domain or self.own_name).upper()

    @property
    def own_name(self) -> str:
        """The NetBIOS name of the machine, in capitals."""
        assert self.computer is not None, "validated above"
        return self.computer.upper()

    @model_validator(mode="before")
    @classmethod
    def _is_one_table(cls, value: object) -> object:
        tables = [key for key, one in value.items() if isinstance(one, dict)] if isinstance(value, dict) else []
        if tables:
            raise wrong(
                "accounts.name-in-header",
                f"{tables[0]} is a table within [accounts]",
                f'Write [accounts] and name = "{tables[0]}" in it; several sources are [[accounts]] each.',
            )
        return value

    @model_validator(mode="after")
    def _is_whole(self) -> Accounts:
        if self.source == "file" and self.file is None:
            raise wrong(
                "accounts.no-file",
                "The accounts are in a file, and it is not named",
                'Write file = "accounts.toml", and make it with `bridgehead user add`.',
            )
        if self.source == "winbind" and self.domain is None:
            raise wrong(
                "accounts.no-domain",
                "The domain has no name here",
                'Write domain = "CONTOSO": what `wbinfo --own-domain` prints.',
            )
        others = _OF_WINBIND if self.source == "file" else ("file",)
        odd = [name for name in others if getattr(self, name) != type(self).model_fields[name].default]
        if odd:
            raise wrong(
                "accounts.other-source",
                f'{", ".join(odd)} means nothing with source = "{self.source}"',
                "Leave it out, or name the other source.",
            )
        return self


_OF_WINBIND = ("domain_controllers", "helpers", "helper_seconds", "ntlm_auth", "wbinfo")
