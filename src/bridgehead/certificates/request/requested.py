"""What a certificate request asks for, before there is a key."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from bridgehead.certificates.keys import Kind

KeyType = Literal["rsa-2048", "rsa-3072", "rsa-4096", "ecdsa-p256", "ecdsa-p384"]
KEY_TYPES: tuple[KeyType, ...] = get_args(KeyType)

DOCUMENT = "Request and configure a certificate for your reverse HTTP proxy in Lync Server 2013"
"""The document whose twenty steps a request follows; "step 8" without more is one of them."""

BY_HAND = "Given by hand."


@dataclass(frozen=True)
class Subject:
    """The subject's distinguished name. Only the common name is asked for by the document (step 8)."""

    common_name: str
    organization: str = ""
    unit: str = ""
    locality: str = ""
    state: str = ""
    country: str = ""
    """Two letters (ISO 3166)."""


@dataclass(frozen=True)
class RequestedName:
    """One DNS name of the subject alternative name, and why it is there."""

    name: str
    because: str = BY_HAND


@dataclass(frozen=True)
class Reasons:
    """Why what is asked for is asked for, as whoever planned it says. Names carry their own."""

    common_name: str = BY_HAND
    key: str = "Step 13 selects 2048 bits; every client of Lync Server 2013 can use RSA."
    extended_key_usage: str = "The proxy needs server authentication alone."
    exportable: str = "The key stays on the machine that it is made on."


@dataclass(frozen=True)
class RequestedCertificate:
    """A certificate to request. `sound.made_sound` makes one of what a person or a plan said."""

    name: str
    """What the store and its files call it."""
    subject: Subject
    names: tuple[RequestedName, ...]
    """The DNS names. In a sound request the common name is the first of them."""
    key_types: tuple[KeyType, ...] = ("rsa-2048",)
    """One request, with a key of its own, for each."""
    client_authentication: bool = False
    exportable: bool = False
    suppress_default_extensions: bool = False
    friendly_name: str = ""
    description: str = ""
    public: bool = True
    """Whether a public authority is asked, whose rules are stricter than those of one's own."""
    because: Reasons = Reasons()


def kind_of_type(key_type: KeyType) -> Kind:
    """The kind under which the store keeps a key of this type."""
    return "rsa" if key_type.startswith("rsa") else "ecdsa"


def rsa_bits(key_type: KeyType) -> int | None:
    """The size of an RSA key; None for ECDSA."""
    return int(key_type.removeprefix("rsa-")) if key_type.startswith("rsa") else None


def name_in_store(name: str) -> str:
    """A planned certificate's name as the store and file names can have it: `A/V` becomes `A-V`."""
    return re.sub(r"[^\w .-]+", "-", name).lstrip(" .-") or "certificate"
