"""The people of the laboratory, and the file that pyspnego's acceptor knows them by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgehead.lab.authority import write_secret

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

DOMAIN = "CONTOSO"


@dataclass(frozen=True)
class User:
    """Somebody with a domain account and a SIP address of the same name."""

    name: str
    password: str
    display_name: str

    @property
    def account(self) -> str:
        r"""The down-level name, `CONTOSO\alice`: what the servers know a logged-in user by."""
        return f"{DOMAIN}\\{self.name}"

    def sip_address(self, sip_domain: str) -> str:
        """`alice@contoso.localhost`."""
        return f"{self.name}@{sip_domain}"


NAMED = (
    User("alice", "Alice-likes-lync-1", "Alice Ashdown"),
    User("bob", "Bob-likes-lync-2", "Bob Brandt"),
    User("carol", "Carol-likes-lync-3", "Carol Cruz"),
    User("dave", "Dave-likes-lync-4", "Dave Dufour"),
)


def lab_users(count: int = 54) -> tuple[User, ...]:
    """Alice, Bob, Carol and Dave, then `user05`, `user06` and so on, each with a password of their own."""
    more = (User(f"user{n:02d}", f"Password-of-{n:02d}", f"User {n:02d}") for n in range(len(NAMED) + 1, count + 1))
    return (*NAMED, *more)[:count]


def find_user(users: Sequence[User], name: str) -> User | None:
    r"""The user behind `CONTOSO\alice`, `alice`, `alice@contoso.localhost` or `sip:alice@contoso.localhost`."""
    bare = name.lower().removeprefix("sip:").rpartition("\\")[2].partition("@")[0]
    return next((user for user in users if user.name == bare), None)


def write_credential_store(path: Path, users: Sequence[User]) -> None:
    """Write the users in the smbpasswd format that NTLM_USER_FILE understands (0600).

    The hashes are computed once here; with clear passwords pyspnego would derive them anew at every login, which
    costs three times the rest of the handshake.
    """
    # Imported here so that the laboratory's other parts can be used without the optional dependency.
    from spnego._ntlm_raw.crypto import ntowfv1  # noqa: PLC0415

    no_lm_hash = "0" * 32
    lines = [f"{user.account}:1000:{no_lm_hash}:{ntowfv1(user.password).hex().upper()}:[U]:LCT-0" for user in users]
    write_secret(path, "\n".join(lines).encode())
