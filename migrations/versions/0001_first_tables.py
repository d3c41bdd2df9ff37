"""First tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "change",
        sa.Column("number", NUMBER, autoincrement=False, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.Column("entity", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("action", TEXT, nullable=False),
        sa.Column("replaced_by", TEXT, nullable=True),
        sa.Column("reason", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_change")),
    )
    with op.batch_alter_table("change", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_change_entity_id_number"),
            ["entity", "id", "number"],
            unique=False,
        )

    op.create_table(
        "document",
        sa.Column("entity", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("changed", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("entity", "id", name=op.f("pk_document")),
    )
    op.create_table(
        "head",
        sa.Column("id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_head_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_head")),
    )
    # The one row that every writing transaction locks first, and takes its numbers from.
    op.execute("INSERT INTO head (id, seq, number, at) VALUES (1, 0, 0, '')")
    op.create_table(
        "item",
        sa.Column("entity", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("entity", "id", name=op.f("pk_item")),
    )
    op.create_table(
        "organisations",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("aliases", TEXT, nullable=True),
        sa.Column("acronym", TEXT, nullable=True),
        sa.Column("summary", TEXT, nullable=True),
        sa.Column("kind", TEXT, nullable=True),
        sa.Column("country", TEXT, nullable=True),
        sa.Column("place", TEXT, nullable=True),
        sa.Column("homepage", TEXT, nullable=True),
        sa.Column("part_of", TEXT, nullable=True),
        sa.Column("record", TEXT, nullable=True),
        sa.ForeignKeyConstraint(
            ["part_of"],
            ["organisations.id"],
            name=op.f("fk_organisations_part_of"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
    )
    with op.batch_alter_table("organisations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_organisations_part_of"), ["part_of"], unique=False)

    op.create_table(
        "programmes",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("code", TEXT, nullable=True),
        sa.Column("summary", TEXT, nullable=True),
        sa.Column("level", TEXT, nullable=True),
        sa.Column("parent", TEXT, nullable=True),
        sa.Column("start", TEXT, nullable=True),
        sa.Column("start_earliest", TEXT, nullable=True),
        sa.Column("start_latest", TEXT, nullable=True),
        sa.Column("end", TEXT, nullable=True),
        sa.Column("end_earliest", TEXT, nullable=True),
        sa.Column("end_latest", TEXT, nullable=True),
        sa.Column("homepage", TEXT, nullable=True),
        sa.Column("acknowledgement", TEXT, nullable=True),
        sa.Column("disclaimer", TEXT, nullable=True),
        sa.Column("record", TEXT, nullable=True),
        sa.ForeignKeyConstraint(
            ["parent"],
            ["programmes.id"],
            name=op.f("fk_programmes_parent"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programmes")),
    )
    with op.batch_alter_table("programmes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_programmes_parent"), ["parent"], unique=False)

    op.create_table(
        "projects",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("title", TEXT, nullable=False),
        sa.Column("acronym", TEXT, nullable=True),
        sa.Column("summary", TEXT, nullable=True),
        sa.Column("objectives", TEXT, nullable=True),
        sa.Column("results", TEXT, nullable=True),
        sa.Column("status", TEXT, nullable=True),
        sa.Column("start", TEXT, nullable=True),
        sa.Column("start_earliest", TEXT, nullable=True),
        sa.Column("start_latest", TEXT, nullable=True),
        sa.Column("end", TEXT, nullable=True),
        sa.Column("end_earliest", TEXT, nullable=True),
        sa.Column("end_latest", TEXT, nullable=True),
        sa.Column("duration", TEXT, nullable=True),
        sa.Column("countries_stated", TEXT, nullable=True),
        sa.Column("countries", TEXT, nullable=True),
        sa.Column("topics", TEXT, nullable=True),
        sa.Column("keywords", TEXT, nullable=True),
        sa.Column("homepage", TEXT, nullable=True),
        sa.Column("record", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projects")),
    )
    op.create_table(
        "revision",
        sa.Column("seq", NUMBER, autoincrement=False, nullable=False),
        sa.Column("entity", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.Column("actor", TEXT, nullable=False),
        sa.Column("action", TEXT, nullable=False),
        sa.Column("note", TEXT, nullable=True),
        sa.Column("declared", NUMBER, nullable=False),
        sa.Column("document", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_revision")),
        sa.UniqueConstraint("entity", "id", "version", name=op.f("uq_revision_entity_id_version")),
    )
    op.create_table(
        "shows",
        sa.Column("entity", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("shown_entity", TEXT, nullable=False),
        sa.Column("shown_id", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("entity", "id", "shown_entity", "shown_id", name=op.f("pk_shows")),
    )
    with op.batch_alter_table("shows", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_shows_shown_entity_shown_id"),
            ["shown_entity", "shown_id"],
            unique=False,
        )

    op.create_table(
        "grants",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("number", TEXT, nullable=False),
        sa.Column("summary", TEXT, nullable=True),
        sa.Column("programme", TEXT, nullable=True),
        sa.Column("decided", TEXT, nullable=True),
        sa.Column("decided_earliest", TEXT, nullable=True),
        sa.Column("decided_latest", TEXT, nullable=True),
        sa.Column("call", TEXT, nullable=True),
        sa.Column("acknowledgement", TEXT, nullable=True),
        sa.Column("record", TEXT, nullable=True),
        sa.ForeignKeyConstraint(
            ["programme"],
            ["programmes.id"],
            name=op.f("fk_grants_programme"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
    )
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_grants_programme"), ["programme"], unique=False)

    op.create_table(
        "organisations_identifiers",
        sa.Column("record", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("scheme", TEXT, nullable=False),
        sa.Column("notation", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["record"],
            ["organisations.id"],
            name=op.f("fk_organisations_identifiers_record"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("record", "id", name=op.f("pk_organisations_identifiers")),
    )
    op.create_table(
        "programmes_funders",
        sa.Column("record", TEXT, nullable=False),
        sa.Column("position", NUMBER, nullable=False),
        sa.Column("target", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["record"],
            ["programmes.id"],
            name=op.f("fk_programmes_funders_record"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["target"],
            ["organisations.id"],
            name=op.f("fk_programmes_funders_target"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("record", "position", name=op.f("pk_programmes_funders")),
    )
    with op.batch_alter_table("programmes_funders", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_programmes_funders_target"), ["target"], unique=False)

    op.create_table(
        "projects_applied_to",
        sa.Column("record", TEXT, nullable=False),
        sa.Column("position", NUMBER, nullable=False),
        sa.Column("target", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["record"],
            ["projects.id"],
            name=op.f("fk_projects_applied_to_record"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["target"],
            ["programmes.id"],
            name=op.f("fk_projects_applied_to_target"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("record", "position", name=op.f("pk_projects_applied_to")),
    )
    with op.batch_alter_table("projects_applied_to", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_projects_applied_to_target"), ["target"], unique=False)

    op.create_table(
        "projects_numbers",
        sa.Column("record", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("scheme", TEXT, nullable=False),
        sa.Column("notation", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["record"],
            ["projects.id"],
            name=op.f("fk_projects_numbers_record"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("record", "id", name=op.f("pk_projects_numbers")),
    )
    op.create_table(
        "projects_participations",
        sa.Column("record", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("organisation", TEXT, nullable=True),
        sa.Column("name_as_stated", TEXT, nullable=True),
        sa.Column("count", NUMBER, nullable=True),
        sa.Column("role", TEXT, nullable=False),
        sa.Column("role_as_stated", TEXT, nullable=True),
        sa.Column("country", TEXT, nullable=True),
        sa.Column("order", NUMBER, nullable=True),
        sa.Column("works_with", TEXT, nullable=True),
        sa.Column("start", TEXT, nullable=True),
        sa.Column("start_earliest", TEXT, nullable=True),
        sa.Column("start_latest", TEXT, nullable=True),
        sa.Column("end", TEXT, nullable=True),
        sa.Column("end_earliest", TEXT, nullable=True),
        sa.Column("end_latest", TEXT, nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation"],
            ["organisations.id"],
            name=op.f("fk_projects_participations_organisation"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["record", "works_with"],
            ["projects_participations.record", "projects_participations.id"],
            name=op.f("fk_projects_participations_record_works_with"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["record"],
            ["projects.id"],
            name=op.f("fk_projects_participations_record"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("record", "id", name=op.f("pk_projects_participations")),
    )
    with op.batch_alter_table("projects_participations", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_projects_participations_organisation"),
            ["organisation"],
            unique=False,
        )

    op.create_table(
        "published",
        sa.Column("entity", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("created", TEXT, nullable=False),
        sa.Column("modified", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["revision.seq"], name=op.f("fk_published_seq")),
        sa.PrimaryKeyConstraint("entity", "id", name=op.f("pk_published")),
    )
    op.create_table(
        "grants_funders",
        sa.Column("record", TEXT, nullable=False),
        sa.Column("position", NUMBER, nullable=False),
        sa.Column("target", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["record"],
            ["grants.id"],
            name=op.f("fk_grants_funders_record"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["target"],
            ["organisations.id"],
            name=op.f("fk_grants_funders_target"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("record", "position", name=op.f("pk_grants_funders")),
    )
    with op.batch_alter_table("grants_funders", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_grants_funders_target"), ["target"], unique=False)

    op.create_table(
        "grants_projects",
        sa.Column("record", TEXT, nullable=False),
        sa.Column("position", NUMBER, nullable=False),
        sa.Column("target", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["record"],
            ["grants.id"],
            name=op.f("fk_grants_projects_record"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["target"],
            ["projects.id"],
            name=op.f("fk_grants_projects_target"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("record", "position", name=op.f("pk_grants_projects")),
    )
    with op.batch_alter_table("grants_projects", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_grants_projects_target"), ["target"], unique=False)


def downgrade() -> None:
    if op.get_bind().execute(sa.text("SELECT 1 FROM revision LIMIT 1")).first():
        message = "The log has revisions; going down here would lose all of them."
        raise RuntimeError(message)
    with op.batch_alter_table("grants_projects", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_grants_projects_target"))

    op.drop_table("grants_projects")
    with op.batch_alter_table("grants_funders", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_grants_funders_target"))

    op.drop_table("grants_funders")
    op.drop_table("published")
    with op.batch_alter_table("projects_participations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_projects_participations_organisation"))

    op.drop_table("projects_participations")
    op.drop_table("projects_numbers")
    with op.batch_alter_table("projects_applied_to", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_projects_applied_to_target"))

    op.drop_table("projects_applied_to")
    with op.batch_alter_table("programmes_funders", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_programmes_funders_target"))

    op.drop_table("programmes_funders")
    op.drop_table("organisations_identifiers")
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_grants_programme"))

    op.drop_table("grants")
    with op.batch_alter_table("shows", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_shows_shown_entity_shown_id"))

    op.drop_table("shows")
    op.drop_table("revision")
    op.drop_table("projects")
    with op.batch_alter_table("programmes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_programmes_parent"))

    op.drop_table("programmes")
    with op.batch_alter_table("organisations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_organisations_part_of"))

    op.drop_table("organisations")
    op.drop_table("item")
    op.drop_table("head")
    op.drop_table("document")
    with op.batch_alter_table("change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_change_entity_id_number"))

    op.drop_table("change")
