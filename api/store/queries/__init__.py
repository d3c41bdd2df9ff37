"""The SELECT statements of the public API beside those of the record index: documents, changes, lookup of records."""
