"""Brute-force oracles that answer queries from documents alone."""
