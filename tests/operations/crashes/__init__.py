"""Killed processes and promoted replicas: tests, and commands that repeat them for long."""
