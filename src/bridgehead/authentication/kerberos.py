"""Kerberos tickets, opened by the system's GSS-API (MIT Kerberos) with the keys of a keytab (RFC 4559, RFC 4121).

The package `gssapi` is an extra, `bridgehead[kerberos]`, because it is compiled against the system's library. Tickets
that were used before are refused by that library's replay cache, a file that all workers of one user share.
"""

from __future__ import annotations

import os
import weakref
from typing import TYPE_CHECKING

from bridgehead.authentication.accounts import Outcome, Vouched
from bridgehead.authentication.keytab import NotKeytab, principals_in
from bridgehead.authentication.legs import Denied, Ticket
from bridgehead.authentication.pac import NotValidationInfo, read_validation_info
from bridgehead.problems import Problem, ProblemsFound

try:
    import gssapi
    from gssapi import raw
    from gssapi.exceptions import BadChannelBindingsError
    from gssapi.raw.misc import GSSError
except ImportError:
    _is_installed = False
else:
    _is_installed = True

if TYPE_CHECKING:
    from collections.abc import Callable

    from gssapi import Credentials
    from gssapi.raw import Name
    from gssapi.raw.named_tuples import AcceptSecContextResult

_KERBEROS = "1.2.840.113554.1.2.2"
_SPNEGO = "1.3.6.1.5.5.2"

_VALIDATION_INFO = b"urn:mspac:logon-info"

_HINT = "Make one with the key of HTTP/<published name>, by ktpass on Windows or `samba-tool domain exportkeytab`."


def ticket_reader(keytab: bytes, where: str = "", *, tell: Callable[[str], None] = lambda _: None) -> KeytabReader:
    """Who opens tickets with the keys of a keytab. Raises ProblemsFound, about the place `where` names it.

    `tell` gets words for the log, in which the system's library says why it refused a ticket.
    """
    try:
        principals = principals_in(keytab)
    except NotKeytab as problem:
        raise _unusable(where, "the file is not a keytab") from problem
    if not any(_is_of_the_web(principal) for principal in principals):
        known = ", ".join(principals) or "nothing"
        raise _unusable(where, f"the keytab has no key of HTTP/<published name>, but of {known}")
    if not _is_installed:
        message = "a keytab is given, and the Python package gssapi is not installed"
        hint = "Install bridgehead[kerberos] (it needs a compiler and Debian's libkrb5-dev), or leave the keytab away."
        raise ProblemsFound([Problem("accounts.kerberos-missing", where, message, hint)])
    try:
        return KeytabReader(keytab, tell)
    except GSSError as problem:
        raise _unusable(where, f"the system's Kerberos cannot use the keytab: {problem}") from problem


def _unusable(where: str, message: str) -> ProblemsFound:
    return ProblemsFound([Problem("accounts.keytab-unusable", where, message, _HINT)])


class KeytabReader:
    """See legs.TicketReader."""

    def __init__(self, keytab: bytes, tell: Callable[[str], None]) -> None:
        self._tell = tell
        # A keytab is given by its name. The file has none: the process that reads it may not be the one that uses it.
        descriptor = os.memfd_create("keytab")
        weakref.finalize(self, os.close, descriptor)
        os.write(descriptor, keytab)
        name = f"FILE:/proc/self/fd/{descriptor}"
        self._keys = _credentials({"keytab": name})
        self._keys_without_memory = _credentials({"keytab": name, "rcache": "none:"})

    def accept(self, token: bytes, bindings: tuple[bytes, ...]) -> Ticket | Denied | None:
        """See legs.TicketReader."""
        try:
            return self._accept(token, self._matching(token, bindings))
        except BadChannelBindingsError:
            return Denied(Outcome.BINDING_WRONG)
        except (GSSError, NotValidationInfo) as problem:
            self._tell(f"a Kerberos ticket was refused: {problem}")
            return None

    def _matching(self, token: bytes, bindings: tuple[bytes, ...]) -> bytes | None:
        """The binding to compare with: the one that matches, of several, as far as one does.

        Asked without the replay cache, in which a ticket is noted before its binding is compared.
        """
        for binding in bindings[:-1]:
            try:
                _open(self._keys_without_memory, token, binding)
            except BadChannelBindingsError:
                continue
            return binding
        return bindings[-1] if bindings else None

    def _accept(self, token: bytes, binding: bytes | None) -> Ticket | None:
        opened = _open(self._keys, token, binding)
        service = raw.inquire_context(opened.context, target_name=True).target_name
        # A system's keytab often holds the keys of other services too: their tickets are not for us.
        if opened.more_steps or service is None or not _is_of_the_web(_text_of(service)):
            self._tell("a Kerberos ticket was refused: it is for another service")
            return None
        is_bound = bool(opened.flags & raw.RequirementFlag.channel_bound)
        principal, vouched = _owner(opened.initiator_name)
        return Ticket(principal, opened.token or None, is_bound, vouched)


def _open(keys: Credentials, token: bytes, binding: bytes | None) -> AcceptSecContextResult:
    # Not by gssapi.SecurityContext, which keeps an error for later where there is a token that tells the client of it.
    compared = None if binding is None else raw.ChannelBindings(application_data=binding)
    return raw.accept_sec_context(token, acceptor_creds=keys, channel_bindings=compared)


def _owner(client: Name) -> tuple[str, Vouched | None]:
    """The account's own name at its realm (`alice@CONTOSO.COM`), and what the ticket says of it.

    The name that a ticket was asked for need not be the account's: a domain controller finds accounts by other names
    as well, which is how one came to be served as another (CVE-2020-25719). So domain controllers write the account's
    own into the ticket, and the keytab's key vouches for it.
    """
    asked_for = _text_of(client)
    try:
        written = raw.get_name_attribute(client, _VALIDATION_INFO)
    except GSSError:  # a realm that is not a Windows domain
        return asked_for, None
    if not written.authenticated:
        return asked_for, None
    info = read_validation_info(next(iter(written.values), b""))
    return f"{info.name}@{asked_for.rpartition('@')[2]}", Vouched(info.identifier, info.groups)


def _is_of_the_web(principal: str) -> bool:
    return principal.upper().startswith("HTTP/")


def _text_of(name: Name) -> str:
    shown: bytes = raw.display_name(name, name_type=False).name
    return shown.decode("utf-8", "replace")


def _credentials(store: dict[bytes | str, bytes | str]) -> Credentials:
    mechanisms = [gssapi.OID.from_int_seq(_KERBEROS), gssapi.OID.from_int_seq(_SPNEGO)]
    keys = gssapi.Credentials(usage="accept", mechs=mechanisms, store=store)
    # Other mechanisms of the system, such as gss-ntlmssp, have no say here.
    raw.set_neg_mechs(keys, mechanisms[:1])
    return keys
