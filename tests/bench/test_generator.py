"""Tests of the generated network of the bench: deterministic, valid, distributed like real projects."""

import itertools
import os
import statistics
import subprocess
import sys
from collections import Counter, defaultdict

import msgspec
import pytest

from schema import MODEL
from schema.validation.record_codec import decode_typed_record
from schema.validation.references import link_targets
from tests.bench.network import lines, records
from tests.bench.network_words import VOCABULARY
from tests.support.site import ROOT

PROJECTS = 20_000 if os.environ.get("TEST_LONG") else 1_000


@pytest.fixture(scope="module")
def network() -> dict[str, list[dict]]:
    """Return the fields of generated records, by entity."""
    by_entity = defaultdict(list)
    for entity, fields in records(PROJECTS, seed=3):
        by_entity[entity].append(fields)
    return by_entity


def decoded(projects: int):
    return [decode_typed_record(MODEL, line) for line in lines(projects, seed=2)]


def test_the_same_seed_gives_the_same_bytes_and_another_gives_others():
    assert list(lines(30, seed=5)) == list(lines(30, seed=5))
    assert set(lines(30, seed=5)) != set(lines(30, seed=6))


def test_a_longer_network_begins_with_a_shorter_one():
    short = list(lines(20, seed=5))
    assert list(itertools.islice(lines(60, seed=5), len(short))) == short


def test_the_command_writes_the_same_lines():
    command = [sys.executable, "-m", "tests.bench.network", "5", "--seed", "4"]
    written = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=60, check=True).stdout
    assert written == b"".join(lines(5, seed=4))


def test_every_record_is_valid_and_links_to_earlier_records():
    known = set()
    for record in decoded(60):
        key = type(record).__name__, record.id
        assert key not in known
        assert known.issuperset(link_targets(MODEL.by_name[key[0]], record)), key
        known.add(key)
    assert {entity for entity, _ in known} == set(MODEL.by_name)


def test_decoding_preserves_every_generated_value():
    for line, record in zip(lines(40, seed=2), decoded(40), strict=True):
        fields = msgspec.json.decode(line)
        del fields["type"]
        encoded = msgspec.json.decode(msgspec.json.encode(record))
        assert {name: value for name, value in fields.items() if value} == encoded


def test_participations_are_as_many_as_in_real_projects(network):
    counts = sorted(len(project["participations"]) for project in network["Project"])
    assert 5.2 < statistics.mean(counts) < 7.2
    assert statistics.median(counts) == 2
    assert 0.40 < counts.count(1) / len(counts) < 0.54
    assert counts[int(len(counts) * 0.99)] > 25
    assert max(counts) <= 199


def test_each_project_has_one_coordinator_and_shares_that_add_up(network):
    grants = {grant["projects"][0]: grant["amounts"][0]["value"] for grant in network["Grant"]}
    for project in network["Project"]:
        parts = project["participations"]
        assert [part["role"] for part in parts].count("coordinator") == 1
        shares = [part["amounts"][0]["value"] for part in parts if "amounts" in part]
        assert not shares or sum(map(cents, shares)) == cents(grants[project["id"]])


def cents(value: str) -> int:
    euros, _, fraction = value.partition(".")
    return int(euros) * 100 + int(fraction)


def test_a_few_organisations_are_in_many_projects_and_most_in_one(network):
    counts = Counter(
        part["organisation"] for project in network["Project"] for part in project["participations"]
    )
    assert 0.55 < sum(count == 1 for count in counts.values()) / len(counts) < 0.9
    assert max(counts.values()) > 15
    participants = [
        [part["organisation"] for part in project["participations"]] for project in network["Project"]
    ]
    assert all(len(set(ids)) == len(ids) for ids in participants)


def test_amounts_are_log_normal(network):
    values = sorted(cents(grant["amounts"][0]["value"]) / 100 for grant in network["Grant"])
    assert 800_000 < statistics.median(values) < 1_900_000
    assert statistics.mean(values) > 1.3 * statistics.median(values)
    assert any(value % 1 for value in values)


def test_texts_are_of_real_lengths_in_two_languages_of_some_thousand_words(network):
    projects = network["Project"]
    titles = [len(project["title"][tag]) for project in projects for tag in project["title"]]
    summaries = [
        len(project["summary"][tag])
        for project in projects
        if "summary" in project
        for tag in project["summary"]
    ]
    assert 65 < statistics.median(titles) < 95
    assert 650 < statistics.median(summaries) < 950
    assert 0.85 < sum(set(project["title"]) == {"lv", "en"} for project in projects) / len(projects) < 0.95
    frequencies = Counter(
        word.lower().strip(".")
        for project in projects
        for word in project.get("summary", {}).get("en", "").split()
    )
    assert len(frequencies) > 2_000
    assert frequencies.most_common(1)[0][1] > 50 * statistics.median(frequencies.values())
    assert all(any(not word.isascii() for word in VOCABULARY[tag]) == (tag == "lv") for tag in VOCABULARY)


def test_fields_are_missing_as_often_as_in_real_data(network):
    projects = network["Project"]
    share = {
        name: sum(name in project for project in projects) / len(projects)
        for name in ("keywords", "homepage")
    }
    assert 0.86 < share["keywords"] < 0.96
    assert 0.05 < share["homepage"] < 0.16
    without_output = 1 - len({output["projects"][0] for output in network["Output"]}) / len(projects)
    assert 0.33 < without_output < 0.48
