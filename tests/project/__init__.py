"""Tests of the repository: architecture, documents, content."""
