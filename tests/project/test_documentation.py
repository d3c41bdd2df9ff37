"""Tests of the documents: commands run, examples are real, tables are complete, named files exist."""

import json
import re
import subprocess

import pytest

from api.cli.commands import main
from api.editing.directory_loader import load_directory
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
def default_site(databases):
    """Yield an installation with the default settings, as the README's first command starts it."""
    with site_on(databases.make("sqlite"), base=Settings().base) as site:
        load_directory(site.store, ROOT / "data")
        yield site


def example_after(command: str) -> str:
    """Return the code block after that of a command."""
    index = next(index for index, (_, text) in enumerate(BLOCKS) if text.startswith(command))
    return BLOCKS[index + 1][1]


def head(text: str, command: str) -> str:
    """Return the first lines of a text: as many as the command passes to `head`."""
    lines = next(text for _, text in BLOCKS if text.startswith(command)).rpartition("head -")[2]
    return "".join(text.splitlines(keepends=True)[: int(lines)])


def without_timestamps(text: str) -> str:
    return re.sub(TIMESTAMP, "…", text)


def test_the_readme_fits_on_a_screen_or_two():
    assert TEXTS["README.md"].count("\n") <= 120


def test_the_json_example_is_the_response(default_site):
    command = f"curl -s {default_site.store.renderer.uris.base}{EXAMPLE} |"
    text = json.dumps(default_site.json(EXAMPLE), ensure_ascii=False, indent=4)
    assert without_timestamps(example_after(command)) == without_timestamps(head(text, command))


def test_the_turtle_example_is_the_response(default_site):
    command = f"curl -s {default_site.store.renderer.uris.base}{EXAMPLE}.ttl |"
    lines = default_site.get(f"{EXAMPLE}.ttl").text.splitlines(keepends=True)
    text = "".join(line for line in lines if "@prefix" not in line)
    assert without_timestamps(example_after(command)) == without_timestamps(head(text, command))


def test_the_call_of_the_guide_returns_what_it_says(default_site):
    section = TEXTS["GUIDE.md"].partition("## For website makers")[2].partition("\n## ")[0]
    ((query,), (identifier,), (text,)) = (
        re.findall(pattern, section, re.DOTALL)
        for pattern in (r'query = "([^"]+)"', r"`&(id=[^`]+)`", r"```json\n(.*?)```")
    )
    body = default_site.json(f"/projects?{query}&{identifier}")
    del body["view"]
    assert body == json.loads(text)
    (address,) = re.findall(r'fetch\("([^"]+)"\)', TEXTS["README.md"])
    assert address == f"{default_site.store.renderer.uris.base}/projects?{query}"


@pytest.mark.parametrize("name", NAMES)
def test_the_targets_of_make_exist(name):
    for target in re.findall(r"^make (\w+)|`make (\w+)", TEXTS[name], re.MULTILINE):
        command = ["make", "--dry-run", *filter(None, target)]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)


def test_every_address_in_the_guide_responds(default_site):
    table = TEXTS["GUIDE.md"].partition("## Addresses")[2].partition("## Formats")[0]
    assert all(f"`/{shape.collection}`" in table for shape in MODEL.entities)
    for path in re.findall(r"`(/[^`{]*)`", table):
        query = "?q=social" if path == "/search" else ""
        assert default_site.get(path.removesuffix("#this") + query).status_code == 200, path


@pytest.mark.parametrize(
    ("name", "heading", "minimum"), [("README.md", "## Five questions", 5), ("GUIDE.md", "## Queries", 15)]
)
def test_every_query_in_the_documents_has_the_stated_result(default_site, name, heading, minimum):
    table = TEXTS[name].partition(heading)[2].partition("\n## ")[0].partition("\n- ")[0]
    rows = re.findall(r"^\|.* \| `(/[^`]+)` \| (.+) \|$", table, re.MULTILINE)
    assert len(rows) == table.count("\n| ") - 1 >= minimum
    for address, expected in rows:
        document = default_site.json(address)
        if expected.isdigit():
            assert document["total"] == int(expected), address
        else:
            assert [item["id"] for item in document["items"]] == re.findall(r"`([^`]+)`", expected), address


def test_the_tables_are_complete():
    formats = set(re.findall(r"^\| `(\w+)` \| `([\w/+-]+)` \|$", TEXTS["GUIDE.md"], re.MULTILINE))
    assert formats == {(row.name, row.media_type) for row in FORMATS}
    schemes = set(re.findall(r"^\| `/vocab/([a-z-]+)` \| .+ \|$", TEXTS["GUIDE.md"], re.MULTILINE))
    assert schemes == set(CONCEPT_SCHEMES)
    commands = set(re.findall(r"^\| `([a-z]+)` \| [a-z]", TEXTS["OPERATIONS.md"], re.MULTILINE))
    assert commands == set(main.commands)


def test_every_setting_is_in_the_table_with_its_default():
    rows = dict(re.findall(r"^\| `(TIKLS_\w+)` \|.*\| (.+) \|$", TEXTS["OPERATIONS.md"], re.MULTILINE))
    assert rows.keys() == {PREFIX + field.upper() for field in Settings.__struct_fields__}
    defaults = {PREFIX + field.upper(): getattr(Settings(), field) for field in Settings.__struct_fields__}
    for name, default in defaults.items():
        if name == "TIKLS_BASE":
            continue
        text = ",".join(default) if isinstance(default, tuple) else default
        text = json.dumps(default, ensure_ascii=False) if isinstance(default, dict) else text
        assert rows[name] == ("none" if text is None else f"`{text}`")


def test_the_tree_of_rooms_is_that_of_the_folders():
    tree = TEXTS["CONTRIBUTING.md"].partition("```\n")[2].partition("```")[0]
    path: list[str] = []
    documented = set()
    for indent, name in re.findall(r"^( *)(\w+)/", tree, re.MULTILINE):
        path[len(indent) // 2 :] = [name]
        documented.add("/".join(path))
        assert (ROOT / "/".join(path)).is_dir(), path
    rooms = {
        folder.relative_to(ROOT).as_posix()
        for root in ("schema", "api", "api/store")
        for folder in (ROOT / root).iterdir()
        if (folder / "__init__.py").exists()
    }
    assert rooms <= documented


@pytest.mark.parametrize("name", NAMES)
def test_every_named_file_and_folder_exists(name):
    pattern = r"[`(]((?:api|schema|vocab|migrations|tests|data)/[\w/.-]*|[A-Z]+\.md|\w+\.png)[`)]"
    for path in re.findall(pattern, TEXTS[name]):
        assert (ROOT / path).exists(), path


def test_a_decision_has_a_context_a_decision_and_a_consequence():
    decisions = TEXTS["DECISIONS.md"].split("\n## ")[1:]
    numbers = [int(text.partition(".")[0]) for text in decisions]
    assert numbers == sorted({*numbers})
    for text in decisions:
        is_folded = re.search(r"\n(Superseded by|Folded into) \d+\.", text)
        assert is_folded or re.search(r"\nContext: .*\nDecision: .*\nConsequence: ", text, re.DOTALL), text
