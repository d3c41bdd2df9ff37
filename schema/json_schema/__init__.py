"""JSON Schemas of records and responses."""
