"""The SELECT statements of the public API: list queries, the planner, access paths, keyset pagination."""
