"""Tests of the record index: orders and posting lists, and the index of a process beside commits."""
