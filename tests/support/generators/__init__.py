"""Generators of records, networks, queries and hostile input."""
