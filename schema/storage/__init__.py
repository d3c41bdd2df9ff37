"""Definitions of the database tables, rows of records, and change-order keys."""
