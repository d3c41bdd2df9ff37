"""Alembic migrations: generated from the declarations, reviewed, and never edited afterwards."""
