"""The log: actions, its head row, and reading of revisions."""
