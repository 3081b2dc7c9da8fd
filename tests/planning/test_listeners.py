"""Certificates in the store are known to the proxy by paths that stay the same from generation to generation."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridgehead.certificates.keys import KINDS
from bridgehead.certificates.store.layout import live_files, shelf_of
from bridgehead.planning.listeners import certificate
from bridgehead.topology.model import Topology


def stored(**top: object) -> Topology:
    return Topology.model_validate({"certificate": {"public": {"store": ["rsa", "ecdsa"]}}, **top})


def test_a_stored_certificate_is_where_the_store_keeps_what_is_live() -> None:
    pairs = certificate("public", stored(certificate_store="/srv/certificates")).pairs
    expected = [live_files(Path("/srv/certificates"), "public", kind) for kind in KINDS]
    assert [(pair.chain, pair.key) for pair in pairs] == [(str(chain), str(key)) for chain, key in expected]


def test_the_proxy_finds_the_store_again_from_those_paths() -> None:
    for pair, kind in zip(certificate("public", stored(certificate_store="/srv/c")).pairs, KINDS, strict=True):
        shelf = shelf_of(pair.chain)
        assert shelf is not None
        assert (shelf.store, shelf.name, shelf.kind) == (Path("/srv/c"), "public", kind)


@pytest.mark.parametrize("passphrase_file", [None, "/etc/bridgehead/passphrase"])
def test_the_passphrase_of_the_store_opens_its_keys(passphrase_file: str | None) -> None:
    pairs = certificate("public", stored(certificate_passphrase_file=passphrase_file)).pairs
    assert {pair.passphrase_file for pair in pairs} == {passphrase_file}


def test_files_of_ones_own_stay_as_they_are() -> None:
    own = {"chain": "/c.pem", "key": "/k.pem", "passphrase_file": "/p"}
    topology = Topology.model_validate({"certificate": {"public": own}, "certificate_passphrase_file": "/other"})
    (pair,) = certificate("public", topology).pairs
    assert (pair.chain, pair.key, pair.passphrase_file) == ("/c.pem", "/k.pem", "/p")
