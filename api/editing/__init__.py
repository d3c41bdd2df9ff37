"""Changes of content: loading of directories and NDJSON files."""
