"""No disguise of a framing field is read by one parser and overlooked by another: it is refused, or read alike."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.conformance.agreement import judge
from tests.conformance.disguises import BODY, COMPANIONS, FIELDS, PLACES, disguised, request_with
from tests.proxy.wire import status_of

if TYPE_CHECKING:
    from tests.conformance.conftest import Watched


@pytest.mark.parametrize("companion", COMPANIONS.values(), ids=COMPANIONS)
@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
def test_each_disguise_is_refused_or_read_alike_by_all(field: tuple[bytes, bytes], companion: bytes) -> None:
    outcomes: Counter[str] = Counter()
    for place in PLACES:
        for line in disguised(place, *field):
            outcomes[judge(request_with(line, companion))] += 1
    assert outcomes["refused"] > 0.5 * outcomes.total(), outcomes


@pytest.mark.parametrize("place", PLACES)
def test_nothing_is_smuggled_past_the_proxy_in_a_disguise(watched: Watched, place: bytes) -> None:
    """The bytes that smuggler.py prefers, at a server: what hides in the body arrives as a body, or not at all."""
    name, value = FIELDS["a coding"]
    lines = [*disguised(place, name, value)]
    for number in (0x00, 0x01, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x1F, 0x20, 0x2C, 0x3A, 0x5F, 0x7F, 0x85, 0xA0, 0xFF):
        client = watched.connect()
        client.send(request_with(lines[number], COMPANIONS["with a length"]))
        status = status_of(client.read_message())
        watched.settle()
        arrived = watched.arrived()
        if status == 400:
            assert [request.target for request in arrived] == [b"/after"], lines[number]
        else:
            assert [(request.target, len(request.body)) for request in arrived] == [(b"/", len(BODY)), (b"/after", 0)]
