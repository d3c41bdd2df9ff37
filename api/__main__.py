"""`python -m api`."""

from api.command import main

main(prog_name="tikls")
