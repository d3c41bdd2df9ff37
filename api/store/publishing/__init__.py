"""The writing store: commits and rebuilds."""
