"""What the supervisor waits on."""

from __future__ import annotations

import fcntl
import os
import resource
from collections.abc import Iterator

import pytest

from bridgehead.proxy.channel import Channel, ready_to_read


@pytest.fixture
def many_descriptors() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_more_than_a_thousand_descriptors_can_be_waited_on(many_descriptors: None) -> None:
    reader, writer = os.pipe()
    far = fcntl.fcntl(reader, fcntl.F_DUPFD_CLOEXEC, 2000)
    try:
        assert ready_to_read([far], 0) == []
        os.write(writer, b"x")
        assert ready_to_read([far], None) == [far]
    finally:
        for descriptor in (reader, writer, far):
            os.close(descriptor)


def test_the_end_of_the_other_side_can_be_read() -> None:
    ours, theirs = Channel.pair()
    assert ready_to_read([ours.sock], 0) == []
    theirs.close()
    assert ready_to_read([ours.sock], None) == [ours.sock]
    with pytest.raises(EOFError):
        ours.receive()
    ours.close()
