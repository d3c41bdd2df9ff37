"""Asynchronous readers of SQLite and PostgreSQL."""
