"""Whether a generation may go live: its key opens, belongs to it, and clients would accept its dates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgehead.certificates.keys import public_key_bytes
from bridgehead.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from datetime import datetime

    from bridgehead.certificates.store.entries import Generation


def check_fit(generation: Generation, now: datetime) -> None:
    """Raise ProblemsFound where a proxy could not serve this generation, or no client would accept it now."""
    if public_key_bytes(generation.key()) != public_key_bytes(generation.leaf):
        message = f"This private key does not belong to the certificate in {generation.chain_path}."
        raise _unfit("certificate.key-does-not-match", str(generation.key_path), message)
    begins, ends = generation.leaf.not_valid_before_utc, generation.leaf.not_valid_after_utc
    where = str(generation.chain_path)
    if begins > now:
        message = f"The certificate is valid only from {begins:%Y-%m-%d %H:%M} UTC."
        raise _unfit("certificate.not-yet-valid", where, message, "Stage it for a later time: --at TIME.")
    if ends < now:
        message = f"This certificate, {generation.kind}, expired on {ends:%Y-%m-%d %H:%M} UTC."
        raise _unfit("certificate.expired", where, message)


def _unfit(
    code: str, where: str, message: str, hint: str = "Import a sound one, or take another generation."
) -> Exception:
    return ProblemsFound([Problem(code, where, message, hint)])
