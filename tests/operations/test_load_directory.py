"""Tests of loading a directory: all files or none, and every fault is reported with its file and pointer."""

import json
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from string import Formatter

import pytest

from api.editing.directory_loader import InvalidFilesError, check_directory, load_directory
from api.store.log.actions import save
from schema import MODEL
from schema.validation.errors import MESSAGES, InvalidRecordError
from schema.validation.record_codec import decode_record
from tests.support.generators.records import record
from tests.support.site import ROOT

TITLE = {"title": {"en": "A project"}}

PARTNER = {"id": "one", "role": "partner"}

INVALID_FILES = [
    ("projects/latin.json", b'{"title": {"lv": "\xe2\xe7"}}', {("", "not-utf-8")}),
    ("projects/cut.json", b'{"title": ', {("", "not-json")}),
    ("projects/empty.json", b"", {("", "not-json")}),
    ("projects/two.json", b'{"title": {"en": "A"}} {}', {("", "not-json")}),
    ("projects/mark.json", b'\xef\xbb\xbf{"title": {"en": "A"}}', {("", "not-json")}),
    ("projects/nan.json", b'{"title": {"en": "A"}, "count": NaN}', {("", "not-json")}),
    ("projects/surrogate.json", b'{"title": {"en": "\\ud800"}}', {("", "not-json")}),
    ("projects/list.json", [TITLE], {("", "wrong-type")}),
    ("projects/null.json", None, {("", "wrong-type")}),
    ("projects/deep.json", b"[" * 5000, {("", "too-deep")}),
    ("projects/deeper.json", b'{"title":' * 200_000, {("", "too-large")}),
    ("projects/inside.json", b'{"title": ' + b'{"en": ' * 40 + b"1" + b"}" * 41, {("", "too-deep")}),
    ("projects/unknown.json", TITLE | {"acronim": "A"}, {("/acronim", "unknown-field")}),
    ("projects/slash.json", TITLE | {"a/b~c": 1}, {("/a~1b~0c", "unknown-field")}),
    ("projects/missing.json", {}, {("/title", "missing")}),
    ("projects/nothing.json", {"title": None}, {("/title", "missing")}),
    ("projects/type.json", {"title": "A"}, {("/title", "wrong-type")}),
    ("projects/truth.json", TITLE | {"participations": [PARTNER | {"count": True}]}, {("/participations/0/count", "wrong-type")}),
    ("projects/range.json", TITLE | {"participations": [PARTNER | {"count": 0}]}, {("/participations/0/count", "out-of-range")}),
    ("projects/code.json", TITLE | {"status": "complete"}, {("/status", "unknown-code")}),
    ("projects/country.json", TITLE | {"countries_stated": ["LV", "XX"]}, {("/countries_stated/1", "unknown-code")}),
    ("projects/day.json", TITLE | {"start": "2017-02-30"}, {("/start", "not-a-partial-date")}),
    ("projects/season.json", TITLE | {"start": "2017-25"}, {("/start", "not-a-partial-date")}),
    ("projects/period.json", TITLE | {"duration": "18 months"}, {("/duration", "not-a-duration")}),
    ("projects/iri.json", TITLE | {"homepage": "javascript:alert(1)"}, {("/homepage", "not-an-iri")}),
    ("projects/space.json", TITLE | {"homepage": "https://a.example/b c"}, {("/homepage", "not-an-iri")}),
    ("projects/tag.json", {"title": {"en": "A", "EN": "A", "latviešu": "A"}}, {("/title/EN", "not-a-language-tag"), ("/title/latviešu", "not-a-language-tag")}),
    ("projects/no-text.json", {"title": {}}, {("/title", "too-few")}),
    ("projects/short.json", {"title": {"en": ""}}, {("/title/en", "too-short")}),
    ("projects/long.json", {"title": {"en": "a" * 501}}, {("/title/en", "too-long")}),
    ("projects/nul.json", {"title": {"en": "a\x00b"}}, {("/title/en", "not-a-line")}),
    ("projects/control.json", TITLE | {"summary": {"en": "a\x07b"}}, {("/summary/en", "not-a-text")}),
    ("projects/turned.json", {"title": {"en": "a\u202eb"}}, {("/title/en", "not-a-line")}),
    ("projects/edge.json", {"title": {"en": "a "}}, {("/title/en", "not-a-line")}),
    ("projects/twice.json", TITLE | {"participations": [PARTNER, PARTNER]}, {("/participations/1", "duplicate")}),
    ("projects/order.json", TITLE | {"start": "2018-02", "end": "2018-01"}, {("/end", "ends-before-it-starts")}),
    ("projects/sibling.json", TITLE | {"participations": [PARTNER | {"works_with": "two"}]}, {("/participations/0/works_with", "unknown-sibling")}),
    ("projects/self.json", TITLE | {"participations": [PARTNER | {"works_with": "one"}]}, {("/participations/0/works_with", "works-with-itself")}),
    ("projects/other.json", TITLE | {"id": "another"}, {("/id", "id-differs")}),
    ("projects/Not an id.json", TITLE, {("/id", "not-an-id")}),
    ("organisations/place.json", {"name": {"en": "A"}, "place": {"latitude": "90.1", "longitude": 1.5}}, {("/place/latitude", "out-of-range"), ("/place/longitude", "wrong-type")}),
    ("project/folder.json", TITLE, {("", "unknown-collection")}),
    ("stray.json", TITLE, {("", "unknown-collection")}),
    ("projects/notes.txt", b"notes", {("", "unexpected-file")}),
    ("projects/more/inner.json", TITLE, {("", "unexpected-file")}),
    ("grants/nothing.json", {"number": "1", "projects": ["good", "nowhere"]}, {("/projects/1", "unknown-reference")}),
    ("programmes/chicken.json", {"name": {"en": "A"}, "parent": "egg"}, {("/parent", "cycle")}),
    ("programmes/egg.json", {"name": {"en": "A"}, "parent": "chicken"}, {("/parent", "cycle")}),
    ("programmes/own.json", {"name": {"en": "A"}, "parent": "own"}, {("/parent", "cycle")}),
]  # fmt: skip
"""Files, and the pointers and codes of all faults in each."""


def write(folder: Path, name: str, content: object) -> Path:
    """Write a file: bytes as they are, any other value as JSON."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def faults(folder: Path) -> dict[str, set[tuple[str, str]]]:
    """Return the pointers and codes of all faults by file."""
    with pytest.raises(InvalidFilesError) as caught:
        check_directory(MODEL, folder)
    faults_by_file: dict[str, set[tuple[str, str]]] = {}
    for path, fault in caught.value.faults:
        faults_by_file.setdefault(str(path.relative_to(folder)), set()).add((fault.pointer, fault.code))
        assert all(fault.message.values())
    return faults_by_file


@pytest.mark.parametrize(
    ("name", "content", "expected"), INVALID_FILES, ids=[name for name, _, _ in INVALID_FILES]
)
def test_an_invalid_file_is_reported_with_every_pointer_and_code(tmp_path, name, content, expected):
    write(tmp_path, "projects/good.json", TITLE)
    write(tmp_path, "programmes/egg.json", {"name": {"en": "A"}, "parent": "chicken"})
    write(tmp_path, "programmes/chicken.json", {"name": {"en": "A"}, "parent": "egg"})
    write(tmp_path, name, content)
    assert faults(tmp_path)[name] == expected


def test_all_faults_of_all_files_are_reported_at_once_and_nothing_is_loaded(site, tmp_path):
    write(tmp_path, "projects/good.json", TITLE)
    for name, content, _ in INVALID_FILES:
        write(tmp_path, name, content)
    assert faults(tmp_path) == {name: expected for name, _, expected in INVALID_FILES}
    with pytest.raises(InvalidFilesError):
        load_directory(site.store, tmp_path)
    assert site.store.is_empty()


def test_all_faults_of_one_file_are_reported_in_order(tmp_path):
    content = {"acronim": "A", "status": "x", "start": "soon", "title": {"en": ""}}
    path = write(tmp_path, "projects/bad.json", content)
    with pytest.raises(InvalidFilesError) as caught:
        check_directory(MODEL, tmp_path)
    assert [(file, fault.pointer) for file, fault in caught.value.faults] == [
        (path, "/acronim"),
        (path, "/start"),
        (path, "/status"),
        (path, "/title/en"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "suggestion"),
    [
        ("projects/a.json", TITLE | {"acronim": "A"}, "acronym"),
        ("projects/a.json", TITLE | {"status": "complete"}, "completed"),
        ("project/a.json", TITLE, "projects"),
    ],
)
def test_the_nearest_known_word_is_suggested(tmp_path, name, content, suggestion):
    write(tmp_path, name, content)
    with pytest.raises(InvalidFilesError) as caught:
        check_directory(MODEL, tmp_path)
    assert all(f"({suggestion}?)" in text for text in caught.value.faults[0][1].message.values())


def test_a_broken_file_causes_no_faults_in_files_that_link_to_it(tmp_path):
    write(tmp_path, "projects/broken.json", b"{")
    write(tmp_path, "grants/fine.json", {"number": "1", "projects": ["broken"]})
    write(tmp_path, "programmes/broken.json", {})
    write(tmp_path, "programmes/fine.json", {"name": {"en": "A"}, "parent": "broken"})
    assert set(faults(tmp_path)) == {"projects/broken.json", "programmes/broken.json"}


@contextmanager
def listed_calls() -> Iterator[list[object]]:
    """Yield a list of the functions of Python and of C that this thread calls, in order."""
    calls: list[object] = []

    def profile(frame, event, function):
        if event in ("call", "c_call"):
            calls.append(frame.f_code if event == "call" else function)

    sys.setprofile(profile)
    try:
        yield calls
    finally:
        sys.setprofile(None)


@pytest.mark.parametrize("end", [b"", b"\\"])
def test_an_unterminated_string_is_refused_in_as_many_calls_however_long_it_is(tmp_path, end):
    """No call is that of a regular expression, which could read the text many times."""
    counts = set()
    for size in (30, 30_000):
        text = b'"' + b'\\"' * size + end
        write(tmp_path, "projects/endless.json", text)
        assert faults(tmp_path) == {"projects/endless.json": {("", "not-json")}}
        with listed_calls() as calls, pytest.raises(InvalidRecordError):
            decode_record(MODEL.by_name["Project"], text, "endless")
        assert not any(isinstance(getattr(call, "__self__", None), re.Pattern) for call in calls)
        counts.add(len(calls))
    assert len(counts) == 1


def test_a_missing_folder_is_reported(tmp_path):
    with pytest.raises(InvalidFilesError) as caught:
        check_directory(MODEL, tmp_path / "nowhere")
    assert [(path, fault.code) for path, fault in caught.value.faults] == [
        (tmp_path / "nowhere", "not-there")
    ]


def test_an_empty_folder_and_its_readme_hold_no_faults(tmp_path):
    write(tmp_path, "README.md", b"About these files.")
    assert check_directory(MODEL, tmp_path).records == {}


@pytest.fixture
def data(tmp_path) -> Path:
    return Path(shutil.copytree(ROOT / "data", tmp_path / "data"))


def change(folder: Path, name: str, **fields: object) -> None:
    path = folder / name
    write(folder, name, json.loads(path.read_bytes()) | fields)


def test_the_same_files_are_published_once(site, data):
    assert load_directory(site.store, data).published == len(list(data.glob("*/*.json")))
    before = site.raw("/projects/ensie")
    assert load_directory(site.store, data).published == 0
    assert site.raw("/projects/ensie") == before


def test_a_changed_file_alone_is_published(site, data):
    load_directory(site.store, data)
    change(data, "organisations/biser.json", acronym="BSR")
    assert load_directory(site.store, data).published == 1
    assert site.json("/organisations/biser")["acronym"] == "BSR"


def test_the_order_of_keys_and_white_space_publish_nothing(site, data):
    load_directory(site.store, data)
    content = json.loads((data / "projects/ensie.json").read_bytes())
    write(data, "projects/ensie.json", json.dumps(dict(reversed(content.items())), indent=7).encode())
    assert load_directory(site.store, data).published == 0


def test_a_removed_file_deletes_nothing(site, data):
    load_directory(site.store, data)
    (data / "grants/ncm-17055.json").unlink()
    assert load_directory(site.store, data).published == 0
    assert site.json("/grants/ncm-17055")["number"]


def test_a_record_that_an_editor_changed_last_is_refused_and_the_whole_load_undone(site, data):
    load_directory(site.store, data)
    site.store.commit([save(record("Organisation", "biser", acronym="DRAFT"))], "editor")
    assert load_directory(site.store, data).published == 0
    change(data, "organisations/biser.json", acronym="BSR")
    change(data, "organisations/cobuce.json", acronym="CBC")
    before = site.raw("/organisations")
    with pytest.raises(InvalidFilesError) as caught:
        load_directory(site.store, data)
    ((path, fault),) = caught.value.faults
    assert (path, fault.code, fault.pointer) == (data / "organisations/biser.json", "changed-by-another", "")
    assert "editor" in fault.message["en"]
    assert site.raw("/organisations") == before


def test_every_code_has_a_message_with_the_same_limits_in_both_languages():
    for code, texts in MESSAGES.items():
        assert set(texts) == {"lv", "en"}
        limits = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in texts.values()]
        assert limits[0] == limits[1], code
        assert texts["lv"] != texts["en"], code
