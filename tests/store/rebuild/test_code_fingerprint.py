"""Tests of the fingerprint: it changes when stored bytes may differ, and not when only prose does."""

import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain

import pytest

from api.renderer_factory import create_renderer
from api.settings import Settings
from api.store.projection.fingerprint import RENDERING, code_digest, fingerprint
from schema import MODEL
from tests.support.site import BASE, ROOT

RENDERER = create_renderer(Settings(base=BASE), MODEL)

GRANT = "schema/entities/grant.py"

ONTOLOGY = "vocab/ontology.ttl"

NEW_IMPORT = ("\nfrom ", "\nimport ast\nfrom ")

CODE = '''"""A module."""

LIMIT = 1
"""A constant."""


class Thing:
    """A class."""

    size = LIMIT

    def grow(self):
        """A method."""
        return self.size + 1
'''

TURTLE = '<a> <p> [ <q> "one"@en ], [ <q> "two"@en ] .\n'


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of the sources, in which each test undoes its changes."""
    root = tmp_path_factory.mktemp("copy")
    for room in ("schema", "vocab", "api"):
        shutil.copytree(ROOT / room, root / room, ignore=shutil.ignore_patterns("__pycache__"))
    return root


@pytest.fixture(scope="module")
def original(tree):
    return fingerprint(RENDERER, tree)


@pytest.fixture
def module(tmp_path, monkeypatch):
    """A module with a cache beside it, even if the environment disables bytecode."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    path = tmp_path / "module.py"
    path.write_text(CODE, encoding="utf-8")
    return path


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@contextmanager
def edited(path, old, new):
    original = path.read_bytes()
    edit(path, old, new)
    try:
        yield
    finally:
        path.write_bytes(original)


def digest_of(path):
    return code_digest([path.name], [], path.parent)


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (GRANT, "from typing", "# A comment.\nfrom typing"),
        (GRANT, "\n\nclass Grant", "\n\n# A comment.\nclass Grant"),
        (GRANT, '"""', '"""Another docstring. '),
        (GRANT, 'frozen=True):\n    """', 'frozen=True):\n    """Another docstring. '),
        (ONTOLOGY, "@prefix", "# A comment.\n@prefix"),
        (ONTOLOGY, '"Grants"@en, "Dotācijas"@lv', '"Dotācijas"@lv ,\n  "Grants"@en'),
        ("schema/query/parser.py", *NEW_IMPORT),
        ("schema/rdf/turtle.py", *NEW_IMPORT),
        ("schema/json_schema/values.py", *NEW_IMPORT),
        ("schema/validation/validator.py", *NEW_IMPORT),
        ("api/store/queries/document_batch.py", *NEW_IMPORT),
        ("api/settings.py", *NEW_IMPORT),
    ],
)
def test_comments_docstrings_and_files_that_decide_no_stored_byte_leave_the_fingerprint_unchanged(
    tree, original, path, old, new
):
    with edited(tree / path, old, new):
        assert fingerprint(RENDERER, tree) == original


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (GRANT, "call: Annotated", "tender: Annotated"),
        (GRANT, "Term(TIKLS.call)", "Term(TIKLS.decided)"),
        (GRANT, 'Filterable("funder"', 'Filterable("payer"'),
        ("schema/entities/derivations.py", *NEW_IMPORT),
        ("schema/__init__.py", "Model.of(Project, Grant", "Model.of(Grant, Project"),
        ("schema/index/tokenizer.py", "MAX_TOKEN_LENGTH = 64", "MAX_TOKEN_LENGTH = 63"),
        ("schema/validation/record_codec.py", *NEW_IMPORT),
        ("api/store/digests.py", "[:32]", "[:31]"),
        ("api/store/projection/read_model.py", *NEW_IMPORT),
        (ONTOLOGY, '"Grants"@en', '"Awards"@en'),
        ("vocab/schemes/role.ttl", '"coordinator"@en', '"leader"@en'),
    ],
)
def test_fields_labels_and_code_that_decides_stored_bytes_change_the_fingerprint(
    tree, original, path, old, new
):
    with edited(tree / path, old, new):
        assert fingerprint(RENDERER, tree) != original


def test_a_new_file_changes_the_fingerprint_where_files_decide_stored_bytes(tree, original):
    files = [tree / "schema/query/new.py", tree / "schema/declaration/new.py"]
    try:
        files[0].touch()
        assert fingerprint(RENDERER, tree) == original
        files[1].touch()
        assert fingerprint(RENDERER, tree) != original
    finally:
        for file in files:
            file.unlink(missing_ok=True)


@pytest.mark.parametrize(
    "settings",
    [
        {"licence": "https://x.example/"},
        {"languages": ("en",)},
        {"publisher": {"en": "Another network"}},
        {"uris": create_renderer(Settings(base="https://x.example"), MODEL).uris},
    ],
)
def test_a_setting_that_documents_show_changes_the_fingerprint(settings):
    assert fingerprint(replace(RENDERER, **settings)) != fingerprint(RENDERER)


def test_the_version_of_a_library_changes_the_digest(module):
    assert code_digest([module.name], ["babel"], module.parent) != digest_of(module)


@pytest.mark.parametrize("prose", ["A module.", "A constant.", "A class.", "A method."])
def test_docstrings_of_every_kind_leave_the_digest_unchanged(module, prose):
    before = digest_of(module)
    edit(module, f'"""{prose}"""', '"""Another."""')
    assert digest_of(module) == before
    edit(module, '"""Another."""', "")
    assert digest_of(module) == before


@pytest.mark.parametrize(
    ("old", "new"), [("LIMIT = 1", 'LIMIT = "1"'), ("+ 1", "- 1"), ("+ 1", "+ 2"), ("grow", "shrink")]
)
def test_every_token_of_code_changes_the_digest(module, old, new):
    before = digest_of(module)
    edit(module, old, new)
    assert digest_of(module) != before


def test_blank_nodes_have_the_same_digest_each_time_they_are_parsed(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    path = tmp_path / "nodes.ttl"
    path.write_text(TURTLE, encoding="utf-8")
    before = digest_of(path)
    assert digest_of(path) == before
    edit(path, "two", "three")
    assert digest_of(path) != before


def cache_of(root):
    (path,) = root.rglob("__pycache__/fingerprint*")
    return path


def test_parsed_code_is_cached(module):
    before = digest_of(module)
    key, digest = cache_of(module.parent).read_text().split()
    cache_of(module.parent).write_text(f"{key} {'0' * len(digest)}")
    assert digest_of(module) != before


@pytest.mark.parametrize("content", [b"", b"one", b"one two three", b"0 0", b"\xff \xff"])
def test_a_damaged_cache_is_computed_again(module, content):
    before = digest_of(module)
    cache_of(module.parent).write_bytes(content)
    assert digest_of(module) == before


def test_a_cache_is_optional(module, monkeypatch):
    before = digest_of(module)
    shutil.rmtree(module.parent / "api")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert digest_of(module) == before
    assert not (module.parent / "api").exists()


def test_every_module_that_rendering_imports_is_in_the_fingerprint_except_those_named_here():
    imports = "import sys, api.store.projection.read_model; print(*sys.modules)"
    command = [sys.executable, "-c", imports]
    loaded = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    covered = {path.relative_to(ROOT) for path in chain(*map(ROOT.glob, RENDERING))}
    modules = {
        path.with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__") for path in covered
    }
    rooms = ("schema", "vocab", "api.store.log", "api.store.projection")
    assert {name for name in loaded if name.startswith(rooms)} - modules == {
        # Whether a record is accepted, not how it is stored.
        "schema.validation",
        "schema.validation.consistency",
        "schema.validation.errors",
        "schema.validation.typed_decoder",
        "schema.validation.validator",
        # How the log is written.
        "api.store.log",
        "api.store.log.actions",
        "api.store.log.clock",
        "api.store.log.head",
    }
