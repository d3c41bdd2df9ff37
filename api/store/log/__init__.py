"""The log: actions, head, revisions."""
