"""Tests of the store: commits, rebuilds, backups, plans, deadlines."""
