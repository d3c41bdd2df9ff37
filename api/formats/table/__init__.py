"""Lists as CSV tables, and their CSVW metadata."""
