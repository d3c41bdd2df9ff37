"""Queries: filter parameters, their values, the parser, highlighting."""
