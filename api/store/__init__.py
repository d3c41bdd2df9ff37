"""Statements and transactions: the log, publishing, reading."""
