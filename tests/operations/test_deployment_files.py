"""Tests of the files to run an installation: the unit of systemd, the container file, and the configuration of nginx.

Each is checked by its own program where that is installed.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from configparser import RawConfigParser
from pathlib import Path

import pytest

from api.cli.descriptor_limit import MAX_DESCRIPTORS
from api.settings import MAX_DEADLINE, read_settings
from tests.support.processes import Server, environment, free_port
from tests.support.site import ROOT
from tests.support.wait_limit import PATIENCE

UNIT = (ROOT / "tikls.service").read_text(encoding="utf-8")
CONTAINER = (ROOT / "Containerfile").read_text(encoding="utf-8")
INSTRUCTIONS = [tuple(line.split(" ", 1)) for line in CONTAINER.splitlines() if not line.startswith("#")]


def instructions(name: str) -> list[str]:
    """Return the arguments of every instruction of a name in the container file."""
    return [arguments for instruction, arguments in INSTRUCTIONS if instruction == name]


def check(*command: str) -> None:
    """Run a checking program. Skip the test if it is not installed."""
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed.")
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_unit_starts_the_server_again_and_gives_it_time_and_open_files():
    unit = RawConfigParser(strict=False)
    unit.optionxform = str
    unit.read_string(UNIT)
    service = unit["Service"]
    assert service["ExecStart"].endswith("/.venv/bin/python -m api serve")
    assert (service["Restart"], service["OOMPolicy"], service["KillMode"]) == ("always", "continue", "mixed")
    assert unit["Unit"]["StartLimitIntervalSec"] == "0"
    assert int(service["LimitNOFILE"]) == MAX_DESCRIPTORS
    assert int(service["TimeoutStopSec"]) > MAX_DEADLINE + 10
    assert read_settings(dict([service["Environment"].split("=", 1)])).database.startswith(
        "sqlite:////var/lib/"
    )
    assert {"NoNewPrivileges", "ProtectSystem", "CapabilityBoundingSet", "SystemCallFilter"} <= {*service}


def test_systemd_accepts_the_unit(tmp_path):
    unit = tmp_path / "tikls.service"
    unit.write_text(
        UNIT.replace("/opt/tikls/.venv/bin/python", sys.executable).replace("/opt/tikls", str(ROOT)),
        encoding="utf-8",
    )
    check("systemd-analyze", "verify", str(unit))


def test_the_commands_of_the_container_start_it_again_and_give_it_time_and_a_health_check():
    build, run = [line for line in CONTAINER.splitlines() if line.startswith("# podman")]
    assert "--format docker" in build
    assert "--restart=always" in run
    (seconds,) = re.findall(r"--stop-timeout=(\d+)", run)
    assert int(seconds) > MAX_DEADLINE + 10


def test_hadolint_accepts_the_container_file():
    check("hadolint", str(ROOT / "Containerfile"))


def test_the_files_that_the_container_file_copies_are_enough_to_serve(databases, tmp_path):
    folder, port = tmp_path / "tikls", free_port()
    folder.mkdir()
    for source, target in map(str.split, instructions("COPY")):
        (folder / target).symlink_to(ROOT / source)
    (folder / ".venv").symlink_to(Path(sys.prefix))
    (tmp_path / "no-content").mkdir()
    variables = dict(assignment.split("=", 1) for assignment in instructions("ENV"))
    read_settings(variables)
    settings = {"database": databases.make("sqlite"), "data": tmp_path / "no-content"}
    (command,), (health,) = map(instructions, ("CMD", "HEALTHCHECK"))
    output = tmp_path / "output"
    with output.open("wb") as file:
        process = subprocess.Popen(
            json.loads(command), cwd=folder, env=environment(port=port, **settings), stdout=file, stderr=file
        )
    server = Server(process, port, output)
    try:
        server.wait_until_ready()
        health_command = json.loads(health.removeprefix("CMD ").replace("8000", str(port)))
        subprocess.run(health_command, cwd=folder, check=True, timeout=PATIENCE)
    finally:
        server.stop()


def test_nginx_accepts_the_configuration(tmp_path):
    (text,) = re.findall(
        r"```nginx\n(.*?)```", (ROOT / "OPERATIONS.md").read_text(encoding="utf-8"), re.DOTALL
    )
    for program in ("nginx", "openssl"):
        if not shutil.which(program):
            pytest.skip(f"{program} is not installed.")
    key, certificate, file = (tmp_path / name for name in ("key", "certificate", "nginx.conf"))
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    subprocess.run(
        [*make, "-subj", "/CN=data.example.org", "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )
    text = text.replace("/etc/ssl/data.example.org.pem", str(certificate))
    text = text.replace("/etc/ssl/data.example.org.key", str(key)).replace(
        "listen 443", f"listen {free_port()}"
    )
    file.write_text(
        f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off; {text} }}",
        encoding="utf-8",
    )
    check("nginx", "-t", "-q", "-p", str(tmp_path) + os.sep, "-c", str(file))
