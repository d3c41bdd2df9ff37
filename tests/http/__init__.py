"""Tests of HTTP: caching, negotiation, paths, problems, guards."""
