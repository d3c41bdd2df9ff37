"""The parts of the bench that measure nothing: what they read, reckon and tell is right."""

import os
from dataclasses import dataclass

import msgspec
import pytest

from tests.bench import report
from tests.bench.figures import MET, MISSED, CannotMeasureError, Goal, Row, in_turn, ratios, short
from tests.bench.load import slice_of
from tests.bench.processes import anonymous, cpu_seconds, family, ticks
from tests.bench.statements import once, prepared

SAID = """Running 1s test @ http://127.0.0.1:1
Requests/sec:  9000.00
{"requests": 9000, "microseconds": 1500000, "p50": 800, "p99": 4100, "refused": 0, "lost": 0}
"""


@dataclass(frozen=True)
class Side:
    rate: float


def row(bound: float, *figures: float, at_most: bool = False) -> Row:
    return Row("a list, read / limit", Goal(bound, at_most=at_most), figures, [{"ours": Side(1)}], "5 / 10")


def test_a_figure_is_the_median_of_the_ratios_of_each_round():
    rounds = [{"ours": Side(a), "limit": Side(b)} for a, b in [(5, 10), (9, 10), (1, 10), (70, 100), (8, 10)]]
    found = ratios(rounds, "ours", "limit", "rate")
    assert found == [0.5, 0.9, 0.1, 0.7, 0.8]
    assert row(0.5, *found).figure == 0.7
    assert row(0.5, *found).shown() == "0.70 (0.10–0.90)"


def test_what_is_not_there_divides_nothing():
    with pytest.raises(CannotMeasureError, match="limit"):
        ratios([{"ours": Side(1), "limit": Side(0)}], "ours", "limit", "rate")


@pytest.mark.parametrize(
    ("goal", "figure", "verdict"),
    [
        (Goal(0.8), 0.8, MET),
        (Goal(0.8), 0.796, MET),  # it is told as 0.80
        (Goal(0.8), 0.794, MISSED),
        (Goal(10), 9.94, MISSED),
        (Goal(1.3, at_most=True), 1.3, MET),
        (Goal(1.3, at_most=True), 1.304, MET),
        (Goal(1.3, at_most=True), 1.31, MISSED),
    ],
)
def test_a_verdict_is_that_of_the_figure_as_it_is_told(goal, figure, verdict):
    assert goal.verdict(figure) == verdict


def test_figures_are_told_with_as_many_places_as_they_need():
    assert [short(one) for one in (0.004, 0.375, 9.994, 12.34, 119.6)] == [
        "0.00",
        "0.38",
        "9.99",
        "12.3",
        "120",
    ]


def test_sides_take_turns_after_a_round_that_warms_up():
    asked = []
    sides = {name: lambda name=name: asked.append(name) or len(asked) for name in ("ours", "limit")}
    assert in_turn(sides, 2) == [{"ours": 3, "limit": 4}, {"ours": 5, "limit": 6}]
    assert asked == ["ours", "limit"] * 3


def test_what_wrk_says_is_read_from_its_last_line():
    found = slice_of(SAID, 0.9, 16)
    assert (found.requests, found.seconds, found.p50, found.p99) == (9000, 1.5, 800, 4100)
    assert found.rate == 6000
    assert found.cpu == pytest.approx(100)


@pytest.mark.parametrize("fault", ["refused", "lost"])
def test_a_slice_with_anything_but_answers_is_none(fault):
    with pytest.raises(CannotMeasureError, match=f"3 {'were ' if fault == 'refused' else ''}"):
        slice_of(SAID.replace(f'"{fault}": 0', f'"{fault}": 3'), 1, 16)


def test_a_slice_without_any_answer_took_as_long_as_there_was():
    found = slice_of(SAID.replace('"requests": 9000', '"requests": 0').replace("800", "0"), 1.6, 16)
    assert found.rate == 0
    assert found.p50 == found.p99 == 1_500_000
    assert found.cpu == pytest.approx(100_000)


def test_wrk_that_tells_nothing_is_told():
    with pytest.raises(CannotMeasureError, match="unable to connect"):
        slice_of("unable to connect to 127.0.0.1:1", 0, 16)


def test_the_time_of_a_processor_is_read_behind_the_name_of_a_process():
    stat = "42 (a (strange) name) S 1 42 42 0 -1 4194560 2000 3000 0 0 150 50 7 3 20 0 5 0 100 1 1"
    assert ticks(stat) == 150 + 50 + 7 + 3


def test_private_memory_is_what_has_no_file_behind_it():
    assert anonymous("Rss:  900 kB\nPss_Anon:   12 kB\nPss_File:  80 kB\n") == 12 * 1024
    with pytest.raises(CannotMeasureError):
        anonymous("Rss:  900 kB\n")


def test_a_process_is_of_its_own_family_and_has_taken_time():
    assert next(family(os.getpid())) == os.getpid()
    before = cpu_seconds(os.getpid())
    assert 0 < before <= cpu_seconds(os.getpid())


def test_a_statement_with_its_values_in_it_becomes_one_with_places_for_them():
    said = """INSERT INTO a ("end", t1.b) VALUES ('it''s 5, ? "x"', x'00fF', 42, NULL, '')"""
    text, values = prepared(said)
    assert text == 'INSERT INTO a ("end", t1.b) VALUES (?, ?, ?, NULL, ?)'
    assert values == ('it\'s 5, ? "x"', b"\x00\xff", 42, "")


def test_what_a_commit_writes_is_taken_once_however_many_triggers_it_sets_off():
    said = [
        "BEGIN",
        "SELECT 1",
        "DELETE FROM a",
        "DELETE FROM a",
        "-- INSERT INTO b",
        "DELETE FROM a",
        "UPDATE c",
    ]
    assert [*once(said)] == ["DELETE FROM a", "UPDATE c"]


def test_a_report_tells_what_was_met_missed_and_not_measured(tmp_path):
    results = report.Results(
        rows=[("G2", row(0.5, 0.6)), ("G6", row(1.3, 2, at_most=True))],
        unmeasured=[("G8", "row", "there is none")],
    )
    assert results.table().splitlines()[2:] == [
        "| G2 | a list, read / limit | ≥ 0.5 | 0.60 (0.60–0.60) | met | 5 / 10 |",
        "| G6 | a list, read / limit | ≤ 1.3 | 2.00 (2.00–2.00) | missed | 5 / 10 |",
        "| G8 | row | | | not measured: there is none | |",
    ]
    kept = msgspec.json.decode(report.keep(results, {"projects": 5}, tmp_path).read_bytes())
    assert kept["projects"] == 5
    assert kept["rows"][0]["rounds"] == [{"ours": {"rate": 1}}]
