"""Tests of the network's own content in data/."""
