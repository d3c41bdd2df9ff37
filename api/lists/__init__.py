"""Lists: list queries, cursors, pagination, facet counts, related lists."""
