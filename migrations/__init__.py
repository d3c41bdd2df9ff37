"""How rows became what they are: Alembic, generated, then read by a person, then never edited."""
