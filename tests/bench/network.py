"""Generate a network of any number of projects: one record per line, as clients send it, with its `type`.

    python -m tests.bench.network 1000 --seed 1 > network.ndjson

The same seed gives the same records, and a longer network begins with a shorter one. Links lead to earlier
records. Persons do not occur, and all organisations are fictitious.
"""

import argparse
import random
import sys
from collections.abc import Iterator
from typing import Any

import msgspec

from tests.bench.network_programmes import Programmes
from tests.bench.network_projects import Projects

Fields = dict[str, Any]


def records(projects: int, seed: int = 1) -> Iterator[tuple[str, Fields]]:
    """Yield the entity and the fields of every record: first the programmes, then project by project."""
    dice = random.Random(seed)  # noqa: S311 - the same each time
    programmes = Programmes(dice)
    yield from programmes.records()
    network = Projects(dice, programmes)
    for number in range(1, projects + 1):
        yield from network.project(number)


def lines(projects: int, seed: int = 1) -> Iterator[bytes]:
    """Yield every record as a line of JSON."""
    encoder = msgspec.json.Encoder()
    for entity, fields in records(projects, seed):
        yield encoder.encode({"type": entity, **fields}) + b"\n"


def main() -> None:
    """Write a network to standard output."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.network", description=__doc__)
    parser.add_argument("projects", type=int)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    sys.stdout.buffer.writelines(lines(arguments.projects, arguments.seed))


if __name__ == "__main__":
    main()
