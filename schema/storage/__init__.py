"""Table definitions, and the rows of a record."""
