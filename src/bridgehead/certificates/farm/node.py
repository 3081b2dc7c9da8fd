"""Who a proxy is among the others of its farm: a key pair to be sealed to (X25519), and one to sign with (Ed25519).

Both are made on the machine and never leave it. Their public halves are one line of text, signed by itself so that a
line that was cut or typed wrong is known as such.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from bridgehead.certificates.reading.files import read_file
from bridgehead.certificates.store import durable
from bridgehead.certificates.store.layout import NODE
from bridgehead.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = "bridgehead-node-1"
_PARTS = 32, 32, 64
"""Bytes of the X25519 key, the Ed25519 key, and the signature over name and keys."""


@dataclass(frozen=True)
class PublicNode:
    """A proxy of the farm, as the others know it."""

    name: str
    sealing: bytes
    """X25519, raw."""
    signing: bytes
    """Ed25519, raw."""
    signature: bytes

    @property
    def text(self) -> str:
        """One line: format, name, and the rest in Base64."""
        keys = base64.urlsafe_b64encode(self.sealing + self.signing + self.signature).decode("ascii")
        return f"{FORMAT} {self.name} {keys}"

    @property
    def sealing_key(self) -> X25519PublicKey:
        """What is sealed to it is sealed with this."""
        return X25519PublicKey.from_public_bytes(self.sealing)

    def has_signed(self, signature: bytes, data: bytes) -> bool:
        """Whether this node signed these bytes."""
        try:
            Ed25519PublicKey.from_public_bytes(self.signing).verify(signature, data)
        except InvalidSignature:
            return False
        return True


def check_node_name(name: str) -> None:
    """Raise ProblemsFound for what cannot be a node's name."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", name):
        hint = "Letters, digits, dots, hyphens and underscores, 63 at most: the machine's name, for example."
        raise ProblemsFound([Problem("farm.node-name", "", f"{name!r} cannot be the name of a node.", hint)])


def read_public(text: str, where: str) -> PublicNode:
    """The node in a line of text. Raises ProblemsFound where it is none, or was damaged on its way."""
    words = text.split()
    hint = "It is one line, which `bridgehead certificate node-key` prints on that node: copy it whole."
    if len(words) != 3 or words[0] != FORMAT:
        raise ProblemsFound([Problem("farm.not-a-node", where, "This is not the public text of a node.", hint)])
    check_node_name(words[1])
    try:
        data = base64.urlsafe_b64decode(words[2].encode("ascii"))
    except (binascii.Error, ValueError):
        data = b""
    if len(data) == sum(_PARTS):
        node = PublicNode(words[1], data[:32], data[32:64], data[64:])
        # Bits that Base64 leaves unused are zero: a node has one text.
        signed = node.has_signed(node.signature, _signed(node.name, node.sealing, node.signing))
        if node.text == " ".join(words) and signed and _can_be_sealed_to(node):
            return node
    message = f"The public text of {words[1]} is damaged: it does not agree with itself."
    raise ProblemsFound([Problem("farm.node-damaged", where, message, hint)])


def _can_be_sealed_to(node: PublicNode) -> bool:
    """Not with a point of low order: everybody would know the secret (RFC 7748, 6.1)."""
    try:
        X25519PrivateKey.generate().exchange(node.sealing_key)
    except ValueError:
        return False
    return True


class Node:
    """A proxy itself, with its private keys."""

    def __init__(self, name: str, sealing: X25519PrivateKey, signing: Ed25519PrivateKey) -> None:
        self._sealing, self._signing = sealing, signing
        own = sealing.public_key().public_bytes_raw(), signing.public_key().public_bytes_raw()
        self.public = PublicNode(name, *own, signing.sign(_signed(name, *own)))

    @property
    def name(self) -> str:
        """What it is called in the farm."""
        return self.public.name

    def sign(self, data: bytes) -> bytes:
        """Its signature over these bytes."""
        return self._signing.sign(data)

    def agree(self, ephemeral: bytes) -> bytes:
        """The secret shared with an ephemeral key. Raises ValueError for a key that is none."""
        return self._sealing.exchange(X25519PublicKey.from_public_bytes(ephemeral))


def make_node(store: Path, name: str, passphrase: bytes | None) -> Node:
    """Make the keys of this proxy, and keep them in the store; never twice. Raises ProblemsFound."""
    check_node_name(name)
    node = Node(name, X25519PrivateKey.generate(), Ed25519PrivateKey.generate())
    encryption = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    contents = {
        f"{what}.pem": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
        for what, key in (("sealing", node._sealing), ("signing", node._signing))  # noqa: SLF001 - made here
    }
    try:
        durable.add_directory(store / NODE / "keys", {**contents, "public.txt": f"{node.public.text}\n".encode()})
    except FileExistsError:
        message = "This proxy has its keys already, and they are never replaced."
        hint = "`bridgehead certificate node-key` without a name shows their public text."
        raise ProblemsFound([Problem("farm.node-exists", str(store / NODE), message, hint)]) from None
    except OSError as error:
        message = f"The keys of this node cannot be written: {error.strerror or error}."
        raise ProblemsFound([Problem("store.unwritable", str(store / NODE), message)]) from None
    return node


def public_node(store: Path) -> PublicNode | None:
    """What the others know of this proxy; None where it has no keys. Opens no private key. Raises ProblemsFound."""
    path = store / NODE / "keys" / "public.txt"
    if not path.exists():
        return None
    return read_public(read_file(path).decode("utf-8", "replace"), str(path))


def read_node(store: Path, passphrase: bytes | None) -> Node:
    """The node that this proxy is. Raises ProblemsFound where it has no keys, or they cannot be opened."""
    public = public_node(store)
    if public is None:
        message = "This proxy has no keys of its own yet, to be sealed to and to sign with."
        hint = "bridgehead certificate node-key NAME makes them, once on each proxy of the farm."
        raise ProblemsFound([Problem("farm.no-node", str(store / NODE), message, hint)])
    sealing = _read_key(store / NODE / "keys" / "sealing.pem", passphrase)
    signing = _read_key(store / NODE / "keys" / "signing.pem", passphrase)
    if isinstance(sealing, X25519PrivateKey) and isinstance(signing, Ed25519PrivateKey):
        node = Node(public.name, sealing, signing)
        if node.public == public:
            return node
    raise ProblemsFound([Problem("farm.node-damaged", str(store / NODE), "These keys do not belong together.")])


def _read_key(path: Path, passphrase: bytes | None) -> object:
    data = read_file(path)
    encrypted = b"ENCRYPTED" in data
    if encrypted and not passphrase:
        hint = "Give the passphrase of the store: --store-passphrase-file, or certificate_passphrase_file in the file."
        raise ProblemsFound([Problem("key.passphrase-missing", str(path), "This private key is encrypted.", hint)])
    try:
        return load_pem_private_key(data, passphrase if encrypted else None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        code = "key.passphrase-wrong" if encrypted else "key.damaged"
        raise ProblemsFound([Problem(code, str(path), "This private key cannot be opened.")]) from None


def _signed(name: str, sealing: bytes, signing: bytes) -> bytes:
    return b"\0".join((FORMAT.encode(), name.encode())) + b"\0" + sealing + signing
