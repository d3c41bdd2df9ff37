"""Tests of the cleanup after a test run: nothing is left of a run that was killed."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.processes import until
from tests.support.run_cleanup import RUN, processes_of
from tests.support.site import ROOT

RUN_WITH_PROCESSES = """
import subprocess
from tests.support.postgresql import server_of_run
from tests.support.run_cleanup import Cleanup, run_folder
Cleanup()
server_of_run()
other = subprocess.Popen(["sleep", "infinity"], start_new_session=True)
print(other.pid, run_folder(), flush=True)
input()
"""
"""A run that has started PostgreSQL and another process, and waits."""


def test_nothing_is_left_of_a_killed_run():
    environment = {name: value for name, value in os.environ.items() if name not in (RUN, "TEST_DATABASE")}
    command = [sys.executable, "-c", RUN_WITH_PROCESSES]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as run:
        other, _, path = run.stdout.readline().strip().partition(" ")
        folder = Path(path)
        try:
            (file,) = folder.glob("*/data/postmaster.pid")
            postmaster = int(file.read_text(encoding="utf-8").split()[0])
            # The processes that PostgreSQL starts by itself come and go.
            until(lambda: {postmaster, int(other)} <= {*processes_of(folder)})
        finally:
            run.kill()
    until(lambda: not folder.exists())
    assert not processes_of(folder)
