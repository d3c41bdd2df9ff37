"""Store each document as a zstd frame. The free pages of SQLite are used again; VACUUM gives them back.

There is no way back, as earlier versions have none: they restore a backup made before the upgrade.
"""

import sqlalchemy as sa
import zstandard
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

DOCUMENT = sa.table("document", sa.column("number", sa.BigInteger), sa.column("body", sa.LargeBinary))
BATCH = 1_000


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        # Kept as it is: compressing it again would save nothing.
        op.execute("ALTER TABLE document ALTER COLUMN body SET STORAGE EXTERNAL")
    compressor = zstandard.ZstdCompressor(level=3, write_checksum=True)
    next_rows = (
        sa.select(DOCUMENT)
        .where(DOCUMENT.c.number > sa.bindparam("last"))
        .order_by(DOCUMENT.c.number)
        .limit(BATCH)
    )
    replace = (
        DOCUMENT.update().where(DOCUMENT.c.number == sa.bindparam("key")).values(body=sa.bindparam("frame"))
    )
    last = -1
    while rows := connection.execute(next_rows, {"last": last}).all():
        frames = [{"key": row.number, "frame": compressor.compress(row.body)} for row in rows]
        connection.execute(replace, frames)
        last = rows[-1].number


def downgrade() -> None:
    message = "earlier versions cannot read compressed documents: restore a backup with one of these"
    raise RuntimeError(message)
