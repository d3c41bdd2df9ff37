"""The SELECT statements of public reading: list queries, planner, access paths, keyset pagination."""
