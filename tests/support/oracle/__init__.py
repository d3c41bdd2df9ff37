"""Brute-force oracles: the expected results of queries, computed from the public documents alone."""
