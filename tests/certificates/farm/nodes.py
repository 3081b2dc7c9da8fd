"""Nodes of a farm, made in memory."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from bridgehead.certificates.farm.node import Node


def node(name: str) -> Node:
    return Node(name, X25519PrivateKey.generate(), Ed25519PrivateKey.generate())
