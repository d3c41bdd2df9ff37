"""The documents: their commands run, their examples are real, their tables are complete, their files exist."""

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

NAMES = (
    "README.md", "GUIDE.md", "OPERATIONS.md", "CONTRIBUTING.md", "BENCHMARKS.md", "DECISIONS.md", "CHANGELOG.md",
)  # fmt: skip
TEXTS = {name: (ROOT / name).read_text(encoding="utf-8") for name in NAMES}
BLOCKS = [block for text in TEXTS.values() for block in re.findall(r"```(\w*)\n(.*?)```", text, re.DOTALL)]
EXAMPLE = "/programmes/europe-for-citizens-strand-2"
TIMESTAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


@pytest.fixture(scope="module")
def as_run(databases):
    """The server that the README's first command starts: the default settings."""
    with site_on(databases.make("sqlite"), base=Settings().base) as site:
        load_directory(site.store, ROOT / "data")
        yield site


def shown(command: str) -> str:
    """Return the block that the README shows after a command."""
    index = next(index for index, (_, text) in enumerate(BLOCKS) if text.startswith(command))
    return BLOCKS[index + 1][1]


def head(text: str, command: str) -> str:
    """Return as many lines as `head` would leave."""
    lines = next(text for _, text in BLOCKS if text.startswith(command)).rpartition("head -")[2]
    return "".join(text.splitlines(keepends=True)[: int(lines)])


def undated(text: str) -> str:
    return re.sub(TIMESTAMP, "…", text)


def test_the_readme_fits_on_a_screen_or_two():
    assert TEXTS["README.md"].count("\n") <= 120


def test_the_json_that_is_shown_is_what_is_answered(as_run):
    command = f"curl -s {as_run.store.renderer.uris.base}{EXAMPLE} |"
    written = json.dumps(as_run.json(EXAMPLE), ensure_ascii=False, indent=4)
    assert undated(shown(command)) == undated(head(written, command))


def test_the_turtle_that_is_shown_is_what_is_answered(as_run):
    command = f"curl -s {as_run.store.renderer.uris.base}{EXAMPLE}.ttl |"
    served = as_run.get(f"{EXAMPLE}.ttl").text.splitlines(keepends=True)
    written = "".join(line for line in served if "@prefix" not in line)
    assert undated(shown(command)) == undated(head(written, command))


@pytest.mark.parametrize("name", NAMES)
def test_the_commands_for_make_are_there(name):
    for target in re.findall(r"^make (\w+)|`make (\w+)", TEXTS[name], re.MULTILINE):
        command = ["make", "--dry-run", *filter(None, target)]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)


def test_every_address_that_is_named_answers(as_run):
    table = TEXTS["GUIDE.md"].partition("## Addresses")[2].partition("## Formats")[0]
    assert all(f"`/{shape.collection}`" in table for shape in MODEL.entities)
    for path in re.findall(r"`(/[^`{]*)`", table):
        query = "?q=social" if path == "/search" else ""
        assert as_run.get(path.removesuffix("#this") + query).status_code == 200, path


@pytest.mark.parametrize(
    ("name", "heading", "least"), [("README.md", "## Five questions", 5), ("GUIDE.md", "## Queries", 15)]
)
def test_every_question_finds_what_is_said(as_run, name, heading, least):
    table = TEXTS[name].partition(heading)[2].partition("\n## ")[0].partition("\n- ")[0]
    rows = re.findall(r"^\|.* \| `(/[^`]+)` \| (.+) \|$", table, re.MULTILINE)
    assert len(rows) == table.count("\n| ") - 1 >= least
    for address, expected in rows:
        answer = as_run.json(address)
        if expected.isdigit():
            assert answer["total"] == int(expected), address
        else:
            assert [item["id"] for item in answer["items"]] == re.findall(r"`([^`]+)`", expected), address


def test_the_tables_are_complete():
    formats = set(re.findall(r"^\| `(\w+)` \| `([\w/+-]+)` \|$", TEXTS["GUIDE.md"], re.MULTILINE))
    assert formats == {(row.name, row.media_type) for row in FORMATS}
    schemes = set(re.findall(r"^\| `/vocab/([a-z-]+)` \| .+ \|$", TEXTS["GUIDE.md"], re.MULTILINE))
    assert schemes == set(CONCEPT_SCHEMES)
    commands = set(re.findall(r"^\| `([a-z]+)` \| [a-z]", TEXTS["OPERATIONS.md"], re.MULTILINE))
    assert commands == set(main.commands)


def test_every_setting_is_there_with_its_default():
    rows = dict(re.findall(r"^\| `(TIKLS_\w+)` \|.*\| (.+) \|$", TEXTS["OPERATIONS.md"], re.MULTILINE))
    assert rows.keys() == {PREFIX + field.upper() for field in Settings.__struct_fields__}
    defaults = {PREFIX + field.upper(): getattr(Settings(), field) for field in Settings.__struct_fields__}
    for name, default in defaults.items():
        if name == "TIKLS_BASE":
            continue
        text = ",".join(default) if isinstance(default, tuple) else default
        text = json.dumps(default, ensure_ascii=False) if isinstance(default, dict) else text
        assert rows[name] == f"`{text}`"


def test_the_map_of_the_rooms_is_the_house():
    tree = TEXTS["CONTRIBUTING.md"].partition("```\n")[2].partition("```")[0]
    path: list[str] = []
    named = set()
    for indent, name in re.findall(r"^( *)(\w+)/", tree, re.MULTILINE):
        path[len(indent) // 2 :] = [name]
        named.add("/".join(path))
        assert (ROOT / "/".join(path)).is_dir(), path
    rooms = {
        folder.relative_to(ROOT).as_posix()
        for root in ("schema", "api", "api/store")
        for folder in (ROOT / root).iterdir()
        if (folder / "__init__.py").exists()
    }
    assert rooms <= named


@pytest.mark.parametrize("name", NAMES)
def test_every_file_and_folder_that_is_named_exists(name):
    pattern = r"[`(]((?:api|schema|vocab|migrations|tests|data)/[\w/.-]*|[A-Z]+\.md|\w+\.png)[`)]"
    for path in re.findall(pattern, TEXTS[name]):
        assert (ROOT / path).exists(), path


def test_a_decision_has_a_context_a_decision_and_a_consequence():
    decisions = TEXTS["DECISIONS.md"].split("\n## ")[1:]
    assert [int(text.partition(".")[0]) for text in decisions] == list(range(1, len(decisions) + 1))
    for text in decisions:
        is_folded = re.search(r"\n(Superseded by|Folded into) \d+\.", text)
        assert is_folded or re.search(r"\nContext: .*\nDecision: .*\nConsequence: ", text, re.DOTALL), text
