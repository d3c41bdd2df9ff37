"""`python -m tests.operations.crashes.promotion_rounds`: end a PostgreSQL server under load and promote its replica, repeatedly."""

import sys
import tempfile
from collections import Counter
from pathlib import Path

import click

from api.cli.progress import progress_bar
from tests.support.crashes.promotion import promote_under_load
from tests.support.crashes.replication import replicated
from tests.support.databases import Databases
from tests.support.run_cleanup import Cleanup, new_folder


@click.command()
@click.option("--rounds", default=20, show_default=True, type=click.IntRange(1))
def main(rounds: int) -> None:
    """Promote replicas; exit with an error if an acknowledged commit is lost, or a reader gets a wrong status."""
    cleanup, statuses = Cleanup(), Counter[int]()
    acknowledged = lost = without_advice = 0
    try:
        for _ in progress_bar("Promoting")(range(rounds)):
            with replicated() as pair, tempfile.TemporaryDirectory() as folder:
                address = Databases(pair.primary, new_folder()).make_with_content("postgresql")
                result = promote_under_load(pair, address, Path(folder))
            acknowledged += result.acknowledged
            lost += len(result.lost)
            statuses += result.statuses
            without_advice += result.without_advice
    finally:
        cleanup.finish()
    click.echo(
        f"{rounds} promotions: {acknowledged} acknowledged commits, {lost} lost; responses by status: "
        f"{dict(sorted(statuses.items()))}, {without_advice} of 503 without Retry-After"
    )
    sys.exit(bool(lost or without_advice or statuses.keys() - {200, 404, 503}))


if __name__ == "__main__":
    main()
