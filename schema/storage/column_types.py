"""Column types that both engines store and compare alike."""

from sqlalchemy import BigInteger, Integer, Text

# Both engines compare texts by bytes: PostgreSQL with this collation, SQLite by default.
TEXT = Text().with_variant(Text(collation="C"), "postgresql")

NUMBER = BigInteger().with_variant(Integer(), "sqlite")
