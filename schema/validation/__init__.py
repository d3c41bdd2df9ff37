"""Decoding and validation of records, and their errors."""
