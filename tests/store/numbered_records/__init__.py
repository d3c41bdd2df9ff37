"""Tests of numbered records: their rows, posting lists and sort keys."""
