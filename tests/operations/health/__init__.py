"""Tests of operations: command line, servers, workers, recovery, loading."""
