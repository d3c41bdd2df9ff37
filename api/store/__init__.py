"""The database: the log, publishing, the read model, reading."""
