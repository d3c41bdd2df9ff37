"""Tests of merging, restoring and redacting records."""
