"""Tests of the bench apart from its measurements: parsers, figures, verdicts, report."""

import os
from dataclasses import dataclass

import msgspec
import pytest

from tests.bench import report
from tests.bench.figures import (
    MET,
    MISSED,
    CannotMeasureError,
    Goal,
    Row,
    format_figure,
    measure_in_turn,
    ratios,
)
from tests.bench.load import parse_slice
from tests.bench.process_resources import cpu_seconds, parse_anonymous_memory, parse_ticks, process_tree
from tests.bench.recorded_commit_statements import parametrize, writes

WRK_OUTPUT = """Running 1s test @ http://127.0.0.1:1
Requests/sec:  9000.00
{"requests": 9000, "microseconds": 1500000, "p50": 800, "p99": 4100, "refused": 0, "lost": 0}
"""


@dataclass(frozen=True)
class MeasuredSide:
    rate: float


def row(bound: float, *figures: float, at_most: bool = False) -> Row:
    return Row(
        "a list, read / limit", Goal(bound, at_most=at_most), figures, [{"ours": MeasuredSide(1)}], "5 / 10"
    )


def test_a_figure_is_the_median_of_the_ratios_of_each_round():
    rounds = [
        {"ours": MeasuredSide(a), "limit": MeasuredSide(b)}
        for a, b in [(5, 10), (9, 10), (1, 10), (70, 100), (8, 10)]
    ]
    quotients = ratios(rounds, "ours", "limit", "rate")
    assert quotients == [0.5, 0.9, 0.1, 0.7, 0.8]
    assert row(0.5, *quotients).figure == 0.7
    assert row(0.5, *quotients).format() == "0.70 (0.10–0.90)"


def test_a_side_of_which_nothing_was_measured_divides_nothing():
    with pytest.raises(CannotMeasureError, match="limit"):
        ratios([{"ours": MeasuredSide(1), "limit": MeasuredSide(0)}], "ours", "limit", "rate")


@pytest.mark.parametrize(
    ("goal", "figure", "verdict"),
    [
        (Goal(0.8), 0.8, MET),
        (Goal(0.8), 0.796, MET),  # it is printed as 0.80
        (Goal(0.8), 0.794, MISSED),
        (Goal(10), 9.94, MISSED),
        (Goal(1.3, at_most=True), 1.3, MET),
        (Goal(1.3, at_most=True), 1.304, MET),
        (Goal(1.3, at_most=True), 1.31, MISSED),
    ],
)
def test_a_verdict_is_that_of_the_printed_figure(goal, figure, verdict):
    assert goal.verdict(figure) == verdict


def test_figures_are_printed_with_as_many_decimals_as_they_need():
    assert [format_figure(figure) for figure in (0.004, 0.375, 9.994, 12.34, 119.6)] == [
        "0.00",
        "0.38",
        "9.99",
        "12.3",
        "120",
    ]


def test_sides_take_turns_after_a_round_that_warms_up():
    measured = []
    sides = {name: lambda name=name: measured.append(name) or len(measured) for name in ("ours", "limit")}
    assert measure_in_turn(sides, 2) == [{"ours": 3, "limit": 4}, {"ours": 5, "limit": 6}]
    assert measured == ["ours", "limit"] * 3


def test_the_summary_of_wrk_is_read_from_its_last_line():
    result = parse_slice(WRK_OUTPUT, 0.9, 16)
    assert (result.requests, result.seconds, result.p50, result.p99) == (9000, 1.5, 800, 4100)
    assert result.rate == 6000
    assert result.cpu == pytest.approx(100)


@pytest.mark.parametrize("fault", ["refused", "lost"])
def test_a_slice_with_a_failed_request_is_not_measured(fault):
    with pytest.raises(CannotMeasureError, match=f"3 {'were ' if fault == 'refused' else ''}"):
        parse_slice(WRK_OUTPUT.replace(f'"{fault}": 0', f'"{fault}": 3'), 1, 16)


def test_a_slice_without_any_response_has_its_own_length_as_latency():
    result = parse_slice(WRK_OUTPUT.replace('"requests": 9000', '"requests": 0').replace("800", "0"), 1.6, 16)
    assert result.rate == 0
    assert result.p50 == result.p99 == 1_500_000
    assert result.cpu == pytest.approx(100_000)


def test_wrk_without_a_summary_is_reported():
    with pytest.raises(CannotMeasureError, match="unable to connect"):
        parse_slice("unable to connect to 127.0.0.1:1", 0, 16)


def test_cpu_time_is_read_after_the_name_of_the_process():
    stat = "42 (a (strange) name) S 1 42 42 0 -1 4194560 2000 3000 0 0 150 50 7 3 20 0 5 0 100 1 1"
    assert parse_ticks(stat) == 150 + 50 + 7 + 3


def test_private_memory_is_the_anonymous_memory():
    assert parse_anonymous_memory("Rss:  900 kB\nPss_Anon:   12 kB\nPss_File:  80 kB\n") == 12 * 1024
    with pytest.raises(CannotMeasureError):
        parse_anonymous_memory("Rss:  900 kB\n")


def test_a_process_is_in_its_own_tree_and_has_taken_cpu_time():
    assert next(process_tree(os.getpid())) == os.getpid()
    before = cpu_seconds(os.getpid())
    assert 0 < before <= cpu_seconds(os.getpid())


def test_literals_of_a_statement_become_bind_parameters():
    statement = """INSERT INTO a ("end", t1.b) VALUES ('it''s 5, ? "x"', x'00fF', 42, NULL, '')"""
    text, values = parametrize(statement)
    assert text == 'INSERT INTO a ("end", t1.b) VALUES (?, ?, ?, NULL, ?)'
    assert values == ('it\'s 5, ? "x"', b"\x00\xff", 42, "")


def test_a_statement_that_writes_is_recorded_once_however_many_triggers_it_fires():
    trace = [
        "BEGIN",
        "SELECT 1",
        "DELETE FROM a",
        "DELETE FROM a",
        "-- INSERT INTO b",
        "DELETE FROM a",
        "UPDATE c",
    ]
    assert [*writes(trace)] == ["DELETE FROM a", "UPDATE c"]


def test_a_report_contains_rows_that_are_met_missed_and_not_measured(tmp_path):
    results = report.Results(
        rows=[("G2", row(0.5, 0.6)), ("G6", row(1.3, 2, at_most=True))],
        unmeasured=[("G8", "row", "there is none")],
    )
    assert results.table().splitlines()[2:] == [
        "| G2 | a list, read / limit | ≥ 0.5 | 0.60 (0.60–0.60) | met | 5 / 10 |",
        "| G6 | a list, read / limit | ≤ 1.3 | 2.00 (2.00–2.00) | missed | 5 / 10 |",
        "| G8 | row | | | not measured: there is none | |",
    ]
    document = msgspec.json.decode(report.write_results(results, {"projects": 5}, tmp_path).read_bytes())
    assert document["projects"] == 5
    assert document["rows"][0]["rounds"] == [{"ours": {"rate": 1}}]
