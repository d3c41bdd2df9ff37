"""Database connections for writing: engines and the write lock, sessions, compiled statements."""
