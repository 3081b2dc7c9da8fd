"""Bytes sealed to some nodes of a farm and signed by another: what travels instead of a clear key.

Four lines of text: the format, the header, the sealed content, the signature of the sender over the three. The header
(JSON in Base64) names the sender and, for each recipient, has the content's key wrapped:

- a fresh X25519 key for this file alone agrees with each recipient's key (RFC 7748); HKDF-SHA256 (RFC 5869) makes of
  the shared secret, salted with both public keys, the key that wraps; ChaCha20-Poly1305 (RFC 8439) wraps;
- the content is encrypted with ChaCha20-Poly1305 under a key made by HKDF from the one that was wrapped, with format
  and header as associated data: no sender, recipient or wrapped key can be exchanged without it being noticed;
- Ed25519 (RFC 8032) signs all of it.

Each key encrypts once, so the nonces are zero. Apart from the signature and the several recipients this is how HPKE is
built (RFC 9180, base mode). What it does not give: whoever gets hold of a recipient's private key opens everything
that was ever sealed to it, and an old file can be shown again; the importing side knows it by its content.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bridgehead.certificates.farm.node import PublicNode, read_public
from bridgehead.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from bridgehead.certificates.farm.node import Node

FORMAT = b"bridgehead-sealed-1"
LARGEST = 4 * 1024 * 1024
"""Bytes. A chain and its key take some ten thousand."""
_NONCE = bytes(12)
_WRAPPING, _CONTENT, _SIGNING = (
    b"bridgehead-sealed-1 wrap",
    b"bridgehead-sealed-1 content",
    b"bridgehead-sealed-1 sign\0",
)


@dataclass(frozen=True)
class Opened:
    """What was sealed, and by whom."""

    content: bytes
    sender: PublicNode


def seal(content: bytes, sender: Node, recipients: Sequence[PublicNode]) -> bytes:
    """The file for these recipients, and nobody else: the sender itself cannot open it."""
    ephemeral, key = X25519PrivateKey.generate(), secrets.token_bytes(32)
    own = ephemeral.public_key().public_bytes_raw()
    header = {
        "sender": sender.public.text,
        "ephemeral": _text(own),
        "recipients": [
            {
                "node": node.text,
                "key": _text(
                    _wrapping(ephemeral.exchange(node.sealing_key), own, node).encrypt(
                        _NONCE, key, sender.public.text.encode()
                    )
                ),
            }
            for node in recipients
        ],
    }
    above = b"\n".join((FORMAT, base64.b64encode(json.dumps(header).encode())))
    body = b"\n".join((above, base64.b64encode(_content_cipher(key).encrypt(_NONCE, content, above))))
    return b"\n".join((body, base64.b64encode(sender.sign(_SIGNING + body)), b""))


def open_sealed(data: bytes, node: Node, trusted: Collection[PublicNode], where: str) -> Opened:
    """What was sealed to this node, by one of those trusted. Raises ProblemsFound for everything else."""
    header, body, sealed, signature = _taken_apart(data, where)
    sender = _sender(header, where)
    if sender == node.public and sender not in trusted:
        message = "It was sealed here, by this proxy itself, for others."
        raise ProblemsFound([Problem("sealed.own", where, message, "Copy it to them, and import it there.")])
    if sender not in trusted:
        message = f"It was sealed by {sender.name}, which is not known here under these keys."
        hint = "Its public text belongs into [farm.nodes] of the file, or give it: --from NODE. Compare it with what "
        hint += f"`bridgehead certificate node-key` shows on that machine. Nothing has been opened.\n    {sender.text}"
        raise ProblemsFound([Problem("sealed.unknown-sender", where, message, hint)])
    if not sender.has_signed(signature, _SIGNING + body):
        raise _tampered(
            where, f"The signature of {sender.name} does not fit: this file was changed after it was sealed."
        )
    try:
        key = _unwrapped(header, node, sender, where)
        content = _content_cipher(key).decrypt(_NONCE, sealed, body.rpartition(b"\n")[0])
    except (InvalidTag, LookupError, TypeError, ValueError):
        raise _tampered(where, "It cannot be opened: it was changed, or made by a faulty program.") from None
    return Opened(content, sender)


def _unwrapped(header: dict[str, Any], node: Node, sender: PublicNode, where: str) -> bytes:
    own = next((one for one in header["recipients"] if one["node"] == node.public.text), None)
    if own is None:
        names = ", ".join(str(one["node"]).split(" ")[1] for one in header["recipients"])
        message = f"It was not sealed to this node, {node.name}, but to {names}."
        hint = "Where the name is the same, the keys are not: this node got new ones since. Seal it again."
        raise ProblemsFound([Problem("sealed.other-node", where, message, hint)])
    ephemeral = _bytes(header["ephemeral"])
    wrapping = _wrapping(node.agree(ephemeral), ephemeral, node.public)
    return wrapping.decrypt(_NONCE, _bytes(own["key"]), sender.text.encode())


def _taken_apart(data: bytes, where: str) -> tuple[dict[str, Any], bytes, bytes, bytes]:
    """Header, what is signed, sealed content, signature."""
    lines = data.replace(b"\r\n", b"\n").rstrip(b"\n").split(b"\n")
    if lines[0].startswith(b"bridgehead-sealed-") and lines[0] != FORMAT:
        message = f"This file is of a newer format ({lines[0].decode('ascii', 'replace')[:40]})."
        raise ProblemsFound(
            [Problem("sealed.newer", where, message, "Install the version of the node that sealed it.")]
        )
    if lines[0] != FORMAT or len(data) > LARGEST:
        message = "This is not a sealed certificate."
        hint = "bridgehead certificate export NAME --seal NODE writes one."
        raise ProblemsFound([Problem("sealed.not-sealed", where, message, hint)])
    try:
        _, header, sealed, signature = (line if index == 0 else _strict(line) for index, line in enumerate(lines))
        read = json.loads(header)
    except (ValueError, RecursionError):
        raise _tampered(where, "This file is damaged: it is not whole, or was changed.") from None
    if not isinstance(read, dict):
        raise _tampered(where, "This file is damaged: its header is none.")
    return read, b"\n".join(lines[:3]), sealed, signature


def _sender(header: dict[str, Any], where: str) -> PublicNode:
    try:
        return read_public(str(header.get("sender", "")), where)
    except ProblemsFound:
        raise _tampered(where, "This file is damaged: it does not say who sealed it.") from None


def _wrapping(shared: bytes, ephemeral: bytes, recipient: PublicNode) -> ChaCha20Poly1305:
    salt = ephemeral + recipient.sealing
    return ChaCha20Poly1305(HKDF(SHA256(), 32, salt, _WRAPPING).derive(shared))


def _content_cipher(key: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(HKDF(SHA256(), 32, None, _CONTENT).derive(key))


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: object) -> bytes:
    return _strict(str(text).encode())


def _strict(line: bytes) -> bytes:
    try:
        data = base64.b64decode(line, validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None
    # One spelling each: bits that Base64 leaves unused are zero, or two files would be the same.
    if base64.b64encode(data) != line:
        raise ValueError("not in the one spelling of Base64")
    return data


def _tampered(where: str, message: str) -> ProblemsFound:
    hint = "Nothing of it is used. Seal and copy it again; where that does not help, find out who changed it."
    return ProblemsFound([Problem("sealed.tampered", where, message, hint)])
