"""A node's keys are made once, stay where they are, and are known by one line of text."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import example, given
from hypothesis import strategies as some

from bridgehead.certificates.farm.node import FORMAT, PublicNode, make_node, public_node, read_node, read_public
from bridgehead.certificates.store.store import Store
from bridgehead.problems import ProblemsFound
from tests.certificates.farm.nodes import node

TEXT = node("proxy1").public.text


def test_the_keys_that_were_made_are_the_keys_that_are_read(tmp_path: Path) -> None:
    made = make_node(tmp_path / "store", "proxy1", None)
    assert read_node(tmp_path / "store", None).public == made.public
    assert public_node(tmp_path / "store") == made.public
    assert read_public(f"  {made.public.text}\n", "here") == made.public


def test_they_are_for_their_owner_alone_and_the_store_knows_them(tmp_path: Path) -> None:
    make_node(tmp_path / "store", "proxy1", None)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "store").rglob("*") if path.is_file()}
    assert modes == {0o600}
    assert Store(tmp_path / "store").problems() == ()
    assert Store(tmp_path / "store").names() == ()


def test_with_a_passphrase_they_are_encrypted(tmp_path: Path) -> None:
    made = make_node(tmp_path / "store", "proxy1", b"correct horse")
    for path in (tmp_path / "store").rglob("*.pem"):
        assert b"ENCRYPTED" in path.read_bytes()
    assert read_node(tmp_path / "store", b"correct horse").public == made.public
    assert public_node(tmp_path / "store") == made.public
    for passphrase, said in ((None, "is encrypted"), (b"wrong", "cannot be opened")):
        with pytest.raises(ProblemsFound, match=said):
            read_node(tmp_path / "store", passphrase)


def test_they_are_never_replaced(tmp_path: Path) -> None:
    make_node(tmp_path / "store", "proxy1", None)
    with pytest.raises(ProblemsFound, match="never replaced"):
        make_node(tmp_path / "store", "proxy2", None)


def test_without_keys_it_is_said_how_to_make_them(tmp_path: Path) -> None:
    assert public_node(tmp_path) is None
    with pytest.raises(ProblemsFound, match="node-key NAME"):
        read_node(tmp_path, None)


def test_keys_of_two_nodes_mixed_up_are_noticed(tmp_path: Path) -> None:
    make_node(tmp_path / "one", "proxy1", None)
    make_node(tmp_path / "two", "proxy1", None)
    (tmp_path / "two/.node/keys/signing.pem").replace(tmp_path / "one/.node/keys/signing.pem")
    with pytest.raises(ProblemsFound, match="do not belong together"):
        read_node(tmp_path / "one", None)


@pytest.mark.parametrize(
    "text", ["", "proxy1", f"{TEXT} x", TEXT.replace("node-1", "node-9"), "-----BEGIN PUBLIC KEY-----"]
)
def test_what_is_no_nodes_text_is_refused(text: str) -> None:
    with pytest.raises(ProblemsFound, match="not the public text"):
        read_public(text, "here")


@given(some.integers(0, len(TEXT) - 1), some.sampled_from("AZaz09-_."))
@example(len(TEXT) - 2, chr(ord(TEXT[-2]) + 1))  # bits that Base64 leaves unused
def test_a_slip_in_the_text_is_noticed(position: int, other: str) -> None:
    typed = TEXT[:position] + other + TEXT[position + 1 :]
    if typed == TEXT:
        assert read_public(typed, "here").text == TEXT
        return
    with pytest.raises(ProblemsFound):
        read_public(typed, "here")


@given(some.integers(1, 171))
def test_a_text_that_was_cut_is_noticed(length: int) -> None:
    with pytest.raises(ProblemsFound):
        read_public(TEXT[:-length], "here")


def test_a_text_that_nothing_can_be_sealed_to_is_damaged_whoever_signed_it() -> None:
    signing = Ed25519PrivateKey.generate()
    keys = bytes(32) + signing.public_key().public_bytes_raw()
    signature = signing.sign(b"\0".join((FORMAT.encode(), b"proxy9", keys)))
    with pytest.raises(ProblemsFound, match="damaged"):
        read_public(PublicNode("proxy9", keys[:32], keys[32:], signature).text, "here")
