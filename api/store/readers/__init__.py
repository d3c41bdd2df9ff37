"""Asynchronous readers of SQLite and PostgreSQL: SELECT statements with a deadline, snapshots, data versions."""
