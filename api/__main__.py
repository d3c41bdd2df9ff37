"""Entry point of `python -m api`."""

from api.cli.commands import main

main(prog_name="tikls")
