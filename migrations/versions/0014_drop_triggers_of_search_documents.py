"""Drop the triggers of search documents: those who write the documents write the full-text index of SQLite too."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TRIGGERS = {
    "searchable_words_insert": """CREATE TRIGGER searchable_words_insert AFTER INSERT ON searchable BEGIN
        INSERT INTO searchable_words(rowid, everything) VALUES (new.number, new.everything);
    END""",
    "searchable_words_delete": """CREATE TRIGGER searchable_words_delete AFTER DELETE ON searchable BEGIN
        INSERT INTO searchable_words(searchable_words, rowid, everything)
        VALUES ('delete', old.number, old.everything);
    END""",
}


def is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def upgrade() -> None:
    if is_sqlite():
        for name in TRIGGERS:
            op.execute(f"DROP TRIGGER {name}")


def downgrade() -> None:
    if is_sqlite():
        for statement in TRIGGERS.values():
            op.execute(statement)
