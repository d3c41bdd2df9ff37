"""The README: its commands run, its examples are real, its tables are complete."""

import json
import re
import subprocess

import pytest

from api.cli.commands import main
from api.editing.directory import load_directory
from api.formats.registry import FORMATS
from api.settings import PREFIX, Settings
from schema import MODEL
from tests.support.site import ROOT, site_on
from vocab.concept_schemes import CONCEPT_SCHEMES

README = (ROOT / "README.md").read_text(encoding="utf-8")

BLOCKS = re.findall(r"```(\w*)\n(.*?)```", README, re.DOTALL)

SHOWN = "/programmes/europe-for-citizens-strand-2"

MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


@pytest.fixture(scope="module")
def as_run(databases):
    """The server that the README's first command starts: the default settings."""
    with site_on(databases.make("sqlite"), base=Settings().base) as site:
        load_directory(site.store, ROOT / "data")
        yield site


def shown(command: str) -> str:
    """Return the block that the README shows after a command."""
    place = next(place for place, (_, text) in enumerate(BLOCKS) if text.startswith(command))
    return BLOCKS[place + 1][1]


def head(text: str, command: str) -> str:
    """Return as many lines as `head` would leave."""
    lines = next(text for _, text in BLOCKS if text.startswith(command)).rpartition("head -")[2]
    return "".join(text.splitlines(keepends=True)[: int(lines)])


def undated(text: str) -> str:
    return re.sub(MOMENT, "…", text)


def test_the_json_that_is_shown_is_what_is_answered(as_run):
    command = f"curl -s {as_run.store.renderer.uris.base}{SHOWN} |"
    written = json.dumps(as_run.json(SHOWN), ensure_ascii=False, indent=4)
    assert undated(shown(command)) == undated(head(written, command))


def test_the_turtle_that_is_shown_is_what_is_answered(as_run):
    command = f"curl -s {as_run.store.renderer.uris.base}{SHOWN}.ttl |"
    served = as_run.get(f"{SHOWN}.ttl").text.splitlines(keepends=True)
    written = "".join(line for line in served if "@prefix" not in line)
    assert undated(shown(command)) == undated(head(written, command))


def test_the_commands_for_make_are_there():
    for target in re.findall(r"^make (\w+)", README, re.MULTILINE):
        subprocess.run(["make", "--dry-run", target], cwd=ROOT, check=True, capture_output=True)  # noqa: S607


def test_every_address_that_is_named_answers(as_run):
    table = README.partition("## What is where")[2].partition("Every address")[0]
    assert all(f"`/{shape.collection}`" in table for shape in MODEL.entities)
    for path in re.findall(r"`(/[^`{]*)`", table):
        assert as_run.get(path.removesuffix("#this")).status_code == 200, path


def test_every_question_that_is_asked_finds_what_is_said(as_run):
    table = README.partition("## Asking")[2].partition("\n- ")[0]
    rows = re.findall(r"^\| [^`|]+ \| `(/[^`]+)` \| (.+) \|$", table, re.MULTILINE)
    assert len(rows) == table.count("\n| ") - 1
    for address, said in rows:
        answer = as_run.json(address)
        if said.isdigit():
            assert answer["total"] == int(said), address
        else:
            assert [item["id"] for item in answer["items"]] == re.findall(r"`([^`]+)`", said), address


def test_the_tables_are_complete():
    formats = set(re.findall(r"^\| `(\w+)` \| `([\w/+-]+)` \|$", README, re.MULTILINE))
    assert formats == {(one.name, one.media_type) for one in FORMATS}
    schemes = set(re.findall(r"^\| `/vocab/([a-z-]+)` \| .+ \|$", README, re.MULTILINE))
    assert schemes == set(CONCEPT_SCHEMES)
    commands = set(re.findall(r"^\| `([a-z]+)` \| [a-z]", README, re.MULTILINE))
    assert commands == set(main.commands)


def test_every_setting_is_there_with_its_default():
    rows = dict(re.findall(r"^\| `(TIKLS_\w+)` \|.*\| (.+) \|$", README, re.MULTILINE))
    assert rows.keys() == {PREFIX + field.upper() for field in Settings.__struct_fields__}
    defaults = {PREFIX + field.upper(): getattr(Settings(), field) for field in Settings.__struct_fields__}
    for name, default in defaults.items():
        if name == "TIKLS_BASE":
            continue
        text = ",".join(default) if isinstance(default, tuple) else default
        text = json.dumps(default, ensure_ascii=False) if isinstance(default, dict) else text
        assert rows[name] == f"`{text}`"


def test_the_map_of_the_rooms_is_the_house():
    tree = next(text for kind, text in BLOCKS if not kind)
    for name in re.findall(r"^ *(\w+)/", tree, re.MULTILINE):
        assert (ROOT / name).is_dir() or (ROOT / "api" / name).is_dir(), name
