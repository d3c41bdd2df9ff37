"""Definitions of the database tables, the types of their columns, and the numbers of commits."""
