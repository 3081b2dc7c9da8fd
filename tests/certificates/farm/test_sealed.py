"""What is sealed is opened by those it was sealed to, from those who are known, and unchanged; by nobody else."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bridgehead.certificates.farm.node import Node
from bridgehead.certificates.farm.sealed import open_sealed, seal
from bridgehead.problems import ProblemsFound
from tests.certificates.farm.nodes import node

SENDER, FIRST, SECOND, STRANGER = node("proxy1"), node("proxy2"), node("proxy3"), node("stranger")
CONTENT = b"a chain and its key"
SEALED = seal(CONTENT, SENDER, [FIRST.public, SECOND.public])
KNOWN = [SENDER.public]


def test_every_recipient_opens_it() -> None:
    for recipient in (FIRST, SECOND):
        opened = open_sealed(SEALED, recipient, KNOWN, "file")
        assert (opened.content, opened.sender) == (CONTENT, SENDER.public)


def test_nothing_in_it_is_clear_and_no_two_are_alike() -> None:
    again = seal(CONTENT, SENDER, [FIRST.public])
    for data in (SEALED, again):
        assert all(CONTENT not in base64.b64decode(line) for line in data.split()[1:])
    assert len({line for data in (SEALED, again) for line in data.split()}) == 7


def test_copying_as_text_does_not_harm() -> None:
    for copied in (SEALED.replace(b"\n", b"\r\n"), SEALED.rstrip(b"\n"), SEALED + b"\n\n"):
        assert open_sealed(copied, FIRST, KNOWN, "file").content == CONTENT


def test_nobody_else_opens_it() -> None:
    for other in (STRANGER, SENDER):
        with pytest.raises(ProblemsFound, match="but to proxy2, proxy3"):
            open_sealed(SEALED, other, [SENDER.public], "file")


def test_a_node_of_the_same_name_with_other_keys_does_not_open_it() -> None:
    with pytest.raises(ProblemsFound, match="the keys are not"):
        open_sealed(SEALED, node("proxy2"), KNOWN, "file")


def test_a_sender_who_is_not_known_is_refused_before_anything_is_opened() -> None:
    for known in ([], [FIRST.public], [node("proxy1").public]):
        with pytest.raises(ProblemsFound, match="sealed by proxy1, which is not known here") as found:
            open_sealed(SEALED, FIRST, known, "file")
        assert SENDER.public.text in str(found.value)


@given(some.integers(0, len(SEALED) - 2), some.integers(1, 255))
def test_every_byte_that_is_changed_is_noticed(position: int, difference: int) -> None:
    changed = bytearray(SEALED)
    changed[position] ^= difference
    with pytest.raises(ProblemsFound):
        open_sealed(bytes(changed), FIRST, KNOWN, "file")


def test_a_signature_has_one_spelling() -> None:
    # Base64 leaves four bits of the last letter before "==" unused: sixteen texts would stand for the same bytes.
    assert SEALED.endswith(b"==\n")
    letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other = letters[letters.index(SEALED[-4]) + 1]
    with pytest.raises(ProblemsFound, match="damaged"):
        open_sealed(SEALED[:-4] + bytes([other]) + SEALED[-3:], FIRST, KNOWN, "file")


@given(some.integers(2, len(SEALED)))
def test_a_file_that_was_cut_is_noticed(length: int) -> None:
    with pytest.raises(ProblemsFound):
        open_sealed(SEALED[:-length], FIRST, KNOWN, "file")


@given(some.binary(max_size=200))
def test_what_is_no_sealed_file_is_refused(data: bytes) -> None:
    for content in (data, b"bridgehead-sealed-1\n" + data):
        with pytest.raises(ProblemsFound):
            open_sealed(content, FIRST, KNOWN, "file")


def test_a_newer_format_is_said_to_be_so() -> None:
    with pytest.raises(ProblemsFound, match="newer format"):
        open_sealed(SEALED.replace(b"sealed-1", b"sealed-2", 1), FIRST, KNOWN, "file")


def test_the_signature_of_another_does_not_make_it_his() -> None:
    # Somebody takes the file, puts himself into it as the sender and signs: the content is bound to who sealed it.
    stolen = forged(SEALED, lambda header: header | {"sender": STRANGER.public.text})
    with pytest.raises(ProblemsFound, match="cannot be opened"):
        open_sealed(stolen, FIRST, [STRANGER.public], "file")


@pytest.mark.parametrize(
    "change",
    [
        lambda header: header | {"recipients": header["recipients"][:1]},
        lambda header: header | {"recipients": header["recipients"][::-1]},
        lambda header: header | {"recipients": [header["recipients"][1] | {"node": FIRST.public.text}]},
        lambda header: header | {"ephemeral": base64.b64encode(bytes(32)).decode()},
        lambda header: header | {"ephemeral": "AA=="},
        lambda header: {key: value for key, value in header.items() if key != "ephemeral"},
        lambda header: header | {"recipients": [3]},
        lambda header: header | {"recipients": None},
        lambda header: header | {"recipients": []},
        lambda header: header | {"recipients": [{"node": "x", "key": ""}]},
        lambda header: header | {"later": "field"},
    ],
)
def test_a_header_that_was_changed_is_noticed_even_where_the_sender_signs_it(
    change: Callable[[dict[str, Any]], dict[str, Any]],
) -> None:
    with pytest.raises(ProblemsFound):
        open_sealed(forged(SEALED, change, SENDER), FIRST, [SENDER.public], "file")


def forged(data: bytes, change: Callable[[dict[str, Any]], dict[str, Any]], by: Node = STRANGER) -> bytes:
    """The same with another header, signed by somebody who knows the format."""
    first, header, content, _ = data.split()
    other = base64.b64encode(json.dumps(change(json.loads(base64.b64decode(header)))).encode())
    body = b"\n".join((first, other, content))
    return b"\n".join((body, base64.b64encode(by.sign(b"bridgehead-sealed-1 sign\0" + body)), b""))


def test_ones_own_file_is_known_as_such() -> None:
    with pytest.raises(ProblemsFound, match="by this proxy itself, for others"):
        open_sealed(SEALED, SENDER, [FIRST.public], "file")
