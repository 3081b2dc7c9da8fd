"""What the file may say about logging in: to the site itself, to the proxy first, or not at all."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, BeforeValidator, Field

from bridgehead.topology.values import Flag, Part, Reference, Several, wrong


def _known_by_another_word(value: object) -> object:
    if isinstance(value, str) and value.lower() in {"negotiate", "kerberos", "windows"}:
        raise wrong(
            "authentication.other-word",
            f'authentication = "{value}" is called "ntlm" here, whichever of the two is challenged with',
            'Write authentication = "ntlm" and, for Kerberos, a keytab in [accounts].',
        )
    if isinstance(value, str) and value.lower() in {"basic", "forms", "digest", "saml", "oauth"}:
        raise wrong(
            "authentication.not-offered",
            f'authentication = "{value}" is not offered: the proxy itself asks for NTLM and Kerberos alone',
            'With "pass-through" clients log in to the site itself, by whatever it offers.',
        )
    return value.lower() if isinstance(value, str) else value


Authentication = Annotated[Literal["pass-through", "none", "ntlm"], BeforeValidator(_known_by_another_word)]


def _user(text: str) -> str:
    if "@" in text:
        raise wrong(
            "user.principal-name",
            f"{text!r} is a user principal name; whose it is only the domain knows",
            r"Write the name before Windows 2000, 'CONTOSO\alice', in single quotes. Users may log in with either.",
        )
    if not re.fullmatch(r"(?:[^\\/@]+\\)?[^\\/@\x00-\x1f]+", text):
        raise wrong("user.not-a-name", f"{text!r} is not the name of a user", r"Write 'CONTOSO\alice' or 'alice'.")
    return text


def _group(text: str) -> str:
    if text.upper().startswith("S-1-") and not re.fullmatch(r"S-1-\d+(-\d+){1,15}", text, re.IGNORECASE):
        raise wrong("group.not-an-identifier", f"{text!r} is not a security identifier", "S-1-5-21-... and a number.")
    if not text.strip() or any(ord(character) < 32 for character in text):
        raise wrong("group.not-a-name", f"{text!r} is not the name of a group", r"Write 'CONTOSO\Staff' or 'Staff'.")
    return text.upper() if text.upper().startswith("S-1-") else text


UserName = Annotated[str, AfterValidator(_user)]
"""A user by the down-level name, with the domain or without."""
GroupName = Annotated[str, AfterValidator(_group)]
"""A group by name or security identifier."""

_NOT_FOR_NAMES = {
    *("accept", "accept-encoding", "authorization", "connection", "content-encoding", "content-length", "content-type"),
    *("cookie", "date", "expect", "forwarded", "host", "keep-alive", "origin", "proxy-authorization", "range"),
    *("proxy-connection", "referer", "te", "trailer", "transfer-encoding", "upgrade", "via", "x-forwarded-for"),
    *("x-bridgehead-instance", "x-forwarded-host", "x-forwarded-proto"),
}


def _field_name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9-]+", text):
        raise wrong("header.not-a-name", f"{text!r} cannot be a header's name", "Letters, digits and hyphens.")
    if text.lower() in _NOT_FOR_NAMES:
        raise wrong("header.taken", f"{text} means something else in a request", "Choose another, as X-Forwarded-User.")
    return text


FieldName = Annotated[str, AfterValidator(_field_name)]
"""The name of a header field."""


def _once(schemes: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(schemes)) < len(schemes):
        raise wrong("challenges.twice", "A challenge is named twice", "Name each once, in the order clients see them.")
    return schemes


Challenges = Annotated[Several[Literal["Negotiate", "NTLM"]], Field(min_length=1), AfterValidator(_once)]


Binding = Literal["off", "accept", "require"]
Seen = Literal["nothing", "header", "own-login"]


class Authenticating(Part):
    """Who logs in, and to whom. What one part of the file leaves out, the next that is asked says."""

    authentication: Authentication | None = None
    """`pass-through`: clients log in to the site itself, with NTLM, Negotiate or anything else. `none`: they cannot.
    `ntlm`: they log in to the proxy first, with NTLM or Kerberos, and nothing goes inside before. Where nothing says
    it, `pass-through`."""
    accounts: Reference | None = None
    """With `ntlm`: the name of the source of accounts; not needed where the file has one alone."""
    allowed_users: Annotated[Several[UserName], Field(min_length=1)] | None = None
    r"""With `ntlm`: who may enter, as `'CONTOSO\alice'`. Where neither users nor groups are named, everybody with an
    account; where both are, those of either."""
    allowed_groups: Annotated[Several[GroupName], Field(min_length=1)] | None = None
    """With `ntlm`: groups whose members may enter, through other groups too; names or security identifiers."""
    challenges: Challenges | None = None
    """With `ntlm`: what clients are asked for, in this order, each on a line of its own. Without it `Negotiate`, then
    `NTLM`. Kerberos needs `Negotiate`."""
    channel_binding: Binding | None = None
    """With `ntlm`, Extended Protection: with `accept`, which is usual, a login made for another certificate than the
    one served is refused; with `require` also one that does not say for which it was made; with `off` none."""
    site_sees: Seen | None = None
    """With `ntlm`: what the site learns of the user: `nothing`, which is usual; the name in a `header`; or, with
    `own-login`, it asks for a login of its own after ours."""
    user_header: FieldName | None = None
    """With `site_sees = "header"`: its name, `X-Forwarded-User` without it. What clients send under it is removed."""
    shield: Flag | None = None
    """`false`: failed logins here do not count for `[shield]`, and it refuses none here."""


ONLY_WITH_LOGIN = tuple(name for name in Authenticating.model_fields if name not in {"authentication", "shield"})
"""What means something only where the proxy itself asks for a login."""


class Settled(NamedTuple):
    """What counts in the end. The defaults are what counts where nobody has said anything."""

    authentication: Literal["pass-through", "none", "ntlm"] = "pass-through"
    accounts: str | None = None
    allowed_users: tuple[str, ...] = ()
    allowed_groups: tuple[str, ...] = ()
    challenges: tuple[Literal["Negotiate", "NTLM"], ...] = ("Negotiate", "NTLM")
    channel_binding: Binding = "accept"
    site_sees: Seen = "nothing"
    user_header: str = "X-Forwarded-User"
    shield: bool = True


_WHO = {"allowed_users", "allowed_groups"}


def settled(*parts: Authenticating) -> Settled:
    """What counts where several parts of the file speak: of each matter, the first that says something about it.

    Users and groups are one matter: a site that names users is not opened to its listener's groups.
    """
    said: dict[str, Any] = {}
    for part in reversed(parts):
        own = {name: value for name in Settled._fields if (value := getattr(part, name)) is not None}
        if own.keys() & _WHO:
            said = {name: value for name, value in said.items() if name not in _WHO}
        said |= own
    return Settled(**said)
