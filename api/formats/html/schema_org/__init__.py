"""schema.org JSON-LD inside HTML pages."""
