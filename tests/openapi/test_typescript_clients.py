"""Tests of the TypeScript types that generators make of the OpenAPI document."""

import json
import re
import shutil
import subprocess

import pytest

from tests.support.site import ROOT

TYPESCRIPT = ROOT / "tests" / "typescript"

NODE = TYPESCRIPT / "node_modules" / ".bin"

CLIENTS = {
    "openapi-fetch": (["openapi-typescript", "openapi.json", "--output", "schema.ts"], []),
    # The client that it generates does not compile with exact optional properties.
    "hey-api": (
        ["openapi-ts", "--input", "openapi.json", "--output", "hey-api", "--silent"],
        ["--exactOptionalPropertyTypes", "false"],
    ),
}
"""Name to the command of the generator, and the compiler options that replace those of the project."""

CASTS = {
    "a type assertion": r"\bas\b(?! const)",
    "a non-null assertion": r"[\w\])]!(?!=)",
    "any": r"\bany\b",
    "a suppressed error": r"@ts-(?!expect-error: )",
}


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.skipif(not shutil.which("node"), reason="there is no Node")
@pytest.mark.skipif(not (NODE / "tsc").exists(), reason="npm ci --prefix tests/typescript was not run")
def test_a_client_of_generated_types_compiles_and_mistakes_do_not(networks, tmp_path, client):
    """The examples read lists, records and problems with these types, correctly and incorrectly."""
    generate, options = CLIENTS[client]
    (tmp_path / "openapi.json").write_bytes(networks[0].get("/openapi.json").content)
    (tmp_path / "node_modules").symlink_to(TYPESCRIPT / "node_modules")
    for file in (f"{client}-example.ts", "tsconfig.json"):
        shutil.copy(TYPESCRIPT / file, tmp_path)
    for command in (generate, ["tsc", "--project", ".", *options]):
        process = subprocess.run(
            [NODE / command[0], *command[1:]], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert process.returncode == 0, process.stdout + process.stderr


@pytest.mark.parametrize("client", CLIENTS)
def test_the_example_of_a_client_needs_no_cast(client):
    lines = (TYPESCRIPT / f"{client}-example.ts").read_text().splitlines()
    code = "\n".join(line for line in lines if not re.match(r" *// (?!@ts-)", line))
    assert "switch (error" in code
    assert not [name for name, pattern in CASTS.items() if re.search(pattern, code)]


def test_the_lock_names_no_registry_and_pins_what_the_project_names():
    lock = json.loads((TYPESCRIPT / "package-lock.json").read_text())
    named = json.loads((TYPESCRIPT / "package.json").read_text())["devDependencies"]
    assert {name: lock["packages"][f"node_modules/{name}"]["version"] for name in named} == named
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
    assert all("integrity" in package for name, package in lock["packages"].items() if name)
