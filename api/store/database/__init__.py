"""Database connections for writing: engine and lock, sessions, compiled statements."""
