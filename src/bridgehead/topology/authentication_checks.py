"""Logins that end at the proxy: a source of accounts for each, and nothing said that could not work."""

from __future__ import annotations

from collections.abc import Iterator

from bridgehead.topology.authentication import ONLY_WITH_LOGIN, Authenticating
from bridgehead.topology.check import Check, needs
from bridgehead.topology.logins import Door, doors, source_for
from bridgehead.topology.model import Path

LET_LOG_IN = 'Write authentication = "ntlm" too, or leave it out.'


def _speaking(check: Check) -> Iterator[tuple[Path, Authenticating]]:
    topology = check.topology
    yield from ((("listener", index), one) for index, one in enumerate(topology.listeners))
    yield from ((("pool", index), one) for index, one in enumerate(topology.pools))
    yield from ((("publish", index), one) for index, one in enumerate(topology.sites))
    yield from ((("exchange", index), one) for index, one in enumerate(topology.exchanges))
    yield ("simple_urls",), topology.simple_urls
    yield ("discovery",), topology.discovery


@needs("accounts")
def sources_known(check: Check) -> None:
    """Every source of accounts that something names is in the file."""
    known = [source.label for source in check.topology.accounts]
    for path, part in _speaking(check):
        if part.accounts is not None and part.accounts not in known:
            check.problem(
                "accounts.unknown",
                (*path, "accounts"),
                f"There is no source of accounts called {part.accounts}.",
                f"Sources here: {', '.join(known)}."
                if known
                else 'Add [accounts] with source = "winbind" and domain, or source = "file" and file.',
            )


@needs("accounts", "listener")
def logins_have_accounts(check: Check) -> None:
    """A login is judged by one source of accounts."""
    topology = check.topology
    told: set[Path] = set()
    for door in doors(topology):
        place = door.place_of("authentication")
        if not door.logs_in or place in told or door.asked.accounts is not None:
            continue
        told.add(place)
        if not topology.accounts:
            check.problem(
                "accounts.none",
                place,
                f"Clients of {door.what} are to log in to the proxy, and the file has no source of accounts.",
                'Add [accounts] with source = "winbind" and domain = "CONTOSO", or source = "file" and file.',
            )
        elif len(topology.accounts) > 1:
            known = ", ".join(source.label for source in topology.accounts)
            check.problem(
                "accounts.which",
                place,
                f"Clients of {door.what} are to log in to the proxy; the file does not say to which accounts.",
                f"Add accounts = with one of: {known}.",
            )


@needs("listener", "pool", "publish", "exchange", "simple_urls", "discovery", "sip_domains")
def words_that_count(check: Check) -> None:
    """What is said of logins is said where somebody logs in."""
    every = list(doors(check.topology))
    for path, part in _speaking(check):
        said = [key for key in ONLY_WITH_LOGIN if getattr(part, key) is not None]
        concerned = [door for door in every if any(place == path for place, _ in door.words)]
        if said and concerned and not any(door.logs_in for door in concerned):
            check.problem(
                "authentication.nobody-logs-in",
                (*path, said[0]),
                f"{said[0]} counts only where clients log in to the proxy itself, and here nobody does.",
                LET_LOG_IN,
            )
        elif "user_header" in said and not any(door.asked.site_sees == "header" for door in concerned):
            check.problem(
                "authentication.header-unused",
                (*path, "user_header"),
                "The site is not to see the user in a header, and here one is named.",
                'Write site_sees = "header" too, or leave it out.',
            )


@needs("listener", "accounts")
def binding_needs_tls(check: Check) -> None:
    """Without TLS there is no certificate that a login could be made for."""
    told: set[Path] = set()
    for door in doors(check.topology):
        place = door.place_of("channel_binding")
        if door.logs_in and door.asked.channel_binding == "require" and not door.listener.uses_tls:
            if place not in told:
                check.problem(
                    "authentication.binding-without-tls",
                    place,
                    f'With channel_binding = "require" nobody could log in to {door.what} on the listener '
                    f"{door.listener.label}: it has no TLS, and so no certificate to bind a login to.",
                    'Publish it with TLS alone (leave out require_tls = "off"), or write channel_binding = "accept".',
                )
            told.add(place)


@needs("listener", "accounts")
def a_file_knows_its_own(check: Check) -> None:
    """A file of accounts has one domain, and groups without security identifiers."""
    told: set[tuple[Path, str]] = set()
    for door in doors(check.topology):
        source = source_for(check.topology, door.asked) if door.logs_in else None
        if source is None or source.source != "file":
            continue
        for code, key, name, message, hint in _strangers(door, source.own_domain):
            if (door.place_of(key), name) not in told:
                told.add((door.place_of(key), name))
                check.problem(code, door.place_of(key), message, hint)


def _strangers(door: Door, domain: str) -> Iterator[tuple[str, str, str, str, str]]:
    for key, names in (("allowed_users", door.asked.allowed_users), ("allowed_groups", door.asked.allowed_groups)):
        for name in names:
            spoken, backslash, _ = name.rpartition("\\")
            if backslash and spoken.upper() != domain:
                message = f"{name} is of another domain than the accounts in the file, which are of {domain}."
                yield "accounts.other-domain", key, name, message, "Leave the domain out, or name this one."
            elif key == "allowed_groups" and name.startswith("S-1-"):
                message = f"{name} is a security identifier, and groups in a file have none."
                yield "accounts.no-identifiers", key, name, message, "Name the group as the file does."


@needs("listener", "accounts", "pool", "publish", "exchange", "simple_urls", "discovery")
def kerberos_is_asked_for(check: Check) -> None:
    """Kerberos comes in Negotiate alone."""
    logins = [door for door in doors(check.topology) if door.logs_in]
    for index, source in enumerate(check.topology.accounts):
        offered = [door.asked.challenges for door in logins if source_for(check.topology, door.asked) is source]
        if source.keytab is not None and offered and not any("Negotiate" in schemes for schemes in offered):
            check.problem(
                "accounts.keytab-unused",
                ("accounts", index, "keytab"),
                "There are keys for Kerberos, and nothing that is published with these accounts offers Negotiate.",
                'Add "Negotiate" to the challenges, or leave the keytab out.',
            )


AUTHENTICATION_CHECKS = (
    sources_known,
    logins_have_accounts,
    words_that_count,
    binding_needs_tls,
    a_file_knows_its_own,
    kerberos_is_asked_for,
)
