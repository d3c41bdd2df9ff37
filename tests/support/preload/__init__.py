"""Preloading: imports and filled caches of the process from which servers and commands under test are forked."""
