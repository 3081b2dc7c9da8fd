from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from bridgehead.proxy.shield.memory import SharedMemory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def memory() -> Iterator[SharedMemory]:
    shared = SharedMemory(4096)
    yield shared
    shared.close()


def in_another_process(work: Callable[[], None]) -> int:
    """Its process id."""
    pid = os.fork()
    if pid:
        return pid
    try:
        work()
    finally:
        os._exit(1)


def hold_for_ever(memory: SharedMemory, told: int) -> None:
    with memory.locked([7]):
        os.write(told, b"x")
        signal.pause()


def test_what_one_process_writes_others_read(memory: SharedMemory) -> None:
    def write() -> None:
        memory.write(100, b"written")
        os._exit(0)

    pid = in_another_process(write)
    assert os.waitpid(pid, 0)[1] == 0
    assert memory.read(99, 9) == b"\0written\0"


def test_a_killed_holder_keeps_nobody_waiting(memory: SharedMemory) -> None:
    reader, writer = os.pipe()
    pid = in_another_process(lambda: hold_for_ever(memory, writer))
    assert os.read(reader, 1) == b"x"
    with memory.locked([8]):
        pass  # another place is free all the time
    os.kill(pid, signal.SIGKILL)
    with memory.locked([7]):
        os.waitpid(pid, 0)


def test_two_processes_do_not_change_one_place_at_once(memory: SharedMemory) -> None:
    def count() -> None:
        for _ in range(2000):
            with memory.locked([3, 1, 3]):
                memory.write(0, (int.from_bytes(memory.read(0, 4), "big") + 1).to_bytes(4, "big"))
        os._exit(0)

    workers = [in_another_process(count) for _ in range(3)]
    assert [os.waitpid(pid, 0)[1] for pid in workers] == [0, 0, 0]
    assert int.from_bytes(memory.read(0, 4), "big") == 6000
