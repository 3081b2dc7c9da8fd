"""Where the log's lines go, and what happens when nobody takes them."""

from __future__ import annotations

import os
from pathlib import Path

from bridgehead.proxy.log_output import KEPT_BYTES, LogOutput

LINE = "x" * 99 + "\n"


def read_all(descriptor: int) -> bytes:
    os.set_blocking(descriptor, False)
    data = b""
    try:
        while more := os.read(descriptor, 1 << 16):
            data += more
    except BlockingIOError:
        pass
    return data


def drain(reader: int, output: LogOutput) -> bytes:
    """Everything that comes once the reader goes on."""
    data = read_all(reader)
    while True:
        output.write("")
        more = read_all(reader)
        if not more:
            return data
        data += more


def a_pipe() -> tuple[int, LogOutput]:
    reader, writer = os.pipe()
    output = LogOutput(f"/dev/fd/{writer}")
    os.close(writer)
    return reader, output


def test_a_file_takes_everything_at_once(tmp_path: Path) -> None:
    output = LogOutput(str(tmp_path / "log"))
    output.write(LINE * 5000)
    assert (tmp_path / "log").read_text() == LINE * 5000
    output.close()


def test_nobody_waits_for_a_reader_that_has_stopped() -> None:
    reader, output = a_pipe()
    output.write(LINE * 5000)  # would wait for ever, if it waited at all
    taken = read_all(reader)
    assert taken.endswith(b"\n"), "a line is written whole"
    assert len(taken) < 500_000
    output.write("")
    assert (taken + read_all(reader)).count(b"\n") <= 5000
    output.close()
    os.close(reader)


def test_what_was_kept_comes_once_there_is_room() -> None:
    reader, output = a_pipe()
    output.write(LINE * 1000)
    taken = drain(reader, output)
    assert taken == (LINE * 1000).encode()
    assert output.lost == 0
    output.close()
    os.close(reader)


def test_what_is_kept_is_bounded_and_what_is_lost_is_counted() -> None:
    reader, output = a_pipe()
    lines = 3 * KEPT_BYTES // len(LINE)
    output.write(LINE * lines)
    taken = drain(reader, output)
    assert taken.count(b"\n") + output.lost == lines
    assert len(taken) < 2 * KEPT_BYTES
    output.close()
    os.close(reader)


def test_a_reader_that_is_gone_loses_lines_and_nothing_else() -> None:
    reader, output = a_pipe()
    os.close(reader)
    output.write(LINE * 10)
    assert output.lost == 10
    output.close()


def test_an_empty_path_leads_nowhere() -> None:
    output = LogOutput("")
    assert not output.leads_somewhere
    output.close()


def test_a_path_that_cannot_be_written_is_said_and_no_reason_to_stop(capsys: object, tmp_path: Path) -> None:
    output = LogOutput(str(tmp_path / "nowhere" / "log"))
    assert not output.leads_somewhere
    output.write(LINE)
