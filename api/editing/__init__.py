"""What changes content: loading of directories and NDJSON files."""
