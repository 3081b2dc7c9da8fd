"""Passwords as gss-ntlmssp reads them, on either side of a login."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bridgehead.lab.users import User


def write_ntlm_user_file(path: Path, users: Sequence[User]) -> Path:
    """Write them; of several lines, a client takes the first."""
    path.write_text("".join(f"{user.account.partition(chr(92))[0]}:{user.name}:{user.password}\n" for user in users))
    path.chmod(0o644)
    return path


def login_of(user: User, directory: Path) -> dict[str, str]:
    """The environment in which gss-ntlmssp, inside curl, is this user."""
    return {"NTLM_USER_FILE": str(write_ntlm_user_file(directory / user.name, [user]))}
