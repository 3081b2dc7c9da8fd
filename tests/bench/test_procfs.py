from __future__ import annotations

import os

import pytest

from bench.procfs import ProcessStat, cpu_seconds, family, memory_kilobytes, parse_busy_ticks, parse_pss, parse_stat


def stat_line(pid: int, name: str, parent: int, times: tuple[int, int, int, int]) -> str:
    between = "1 1 0 -1 4194560 9 8 7 6"  # process group to cmajflt
    return f"{pid} ({name}) S {parent} {between} {' '.join(map(str, times))} 20 0 1 0"


def test_user_and_system_time_of_a_process_and_its_reaped_children_add_up() -> None:
    assert parse_stat(stat_line(42, "nginx", 7, (100, 20, 3, 4))) == ProcessStat(pid=42, parent=7, ticks=127)


def test_a_name_with_parentheses_and_spaces_does_not_shift_the_fields() -> None:
    assert parse_stat(stat_line(42, "a) S 1 (b", 7, (1, 2, 0, 0))) == ProcessStat(pid=42, parent=7, ticks=3)


def test_a_family_is_all_descendants_and_nobody_else() -> None:
    master, worker, grandchild = ProcessStat(10, 1, 0), ProcessStat(12, 10, 0), ProcessStat(11, 12, 0)
    assert family([grandchild, worker, master, ProcessStat(13, 1, 0)], 10) == [grandchild, worker, master]


def test_shared_memory_is_read_from_the_pss_line() -> None:
    assert parse_pss("7f00-7fff ---p 00000000 00:00 0 [rollup]\nRss:  900 kB\nPss:  512 kB\nPss_Anon:  1 kB\n") == 512


def test_a_process_without_memory_has_none() -> None:
    assert parse_pss("") == 0


def test_a_processor_is_busy_when_neither_idle_nor_waiting() -> None:
    text = "cpu  9 9 9 9 9 9 9 9 0 0\ncpu0 1 2 3 1000 500 4 5 6 0 0\ncpu10 7 0 0 0 0 0 0 0 0 0\n"
    assert parse_busy_ticks(text, 0) == 1 + 2 + 3 + 4 + 5 + 6


def test_a_processor_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match="processor 7"):
        parse_busy_ticks("cpu0 1 2 3 4 5 6 7 8 0 0\n", 7)


def test_this_process_has_used_time_and_memory() -> None:
    assert cpu_seconds(os.getpid()) > 0
    assert memory_kilobytes(os.getpid()) > 1000
