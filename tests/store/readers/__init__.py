"""Tests of rebuilds: of documents of earlier versions, and of another version of the code."""
