"""Tests of lists: queries, pagination, role lists, isolation of drafts."""
