"""The store: commits and rebuilds."""
