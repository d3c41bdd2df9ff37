"""Activities, outputs, amounts and contact points."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "activities",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("title", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=True),
        sa.Column("status", TEXT, nullable=True),
        sa.Column("start", TEXT, nullable=True),
        sa.Column("start_earliest", TEXT, nullable=True),
        sa.Column("start_latest", TEXT, nullable=True),
        sa.Column("end", TEXT, nullable=True),
        sa.Column("end_earliest", TEXT, nullable=True),
        sa.Column("end_latest", TEXT, nullable=True),
        sa.Column("duration", TEXT, nullable=True),
        sa.Column("order", NUMBER, nullable=True),
        sa.Column("count", NUMBER, nullable=True),
        sa.Column("participants", NUMBER, nullable=True),
        sa.Column("summary", TEXT, nullable=True),
        sa.Column("record", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activities")),
    )
    op.create_table(
        "activities_organisers",
        sa.Column("record", TEXT, nullable=False),
        sa.Column("position", NUMBER, nullable=False),
        sa.Column("target", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["record"],
            ["activities.id"],
            name=op.f("fk_activities_organisers_record"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["target"],
            ["organisations.id"],
            name=op.f("fk_activities_organisers_target"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("record", "position", name=op.f("pk_activities_organisers")),
    )
    with op.batch_alter_table("activities_organisers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_activities_organisers_target"), ["target"], unique=False)

    op.create_table(
        "activities_places",
        sa.Column("record", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=True),
        sa.Column("address", TEXT, nullable=True),
        sa.Column("locality", TEXT, nullable=True),
        sa.Column("region", TEXT, nullable=True),
        sa.Column("nuts", TEXT, nullable=True),
        sa.Column("country", TEXT, nullable=True),
        sa.Column("latitude", TEXT, nullable=True),
        sa.Column("longitude", TEXT, nullable=True),
        sa.ForeignKeyConstraint(
            ["record"],
            ["activities.id"],
            name=op.f("fk_activities_places_record"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("record", "id", name=op.f("pk_activities_places")),
    )
    op.create_table(
        "outputs",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("title", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=True),
        sa.Column("activity", TEXT, nullable=True),
        sa.Column("status", TEXT, nullable=True),
        sa.Column("date", TEXT, nullable=True),
        sa.Column("date_earliest", TEXT, nullable=True),
        sa.Column("date_latest", TEXT, nullable=True),
        sa.Column("count", NUMBER, nullable=True),
        sa.Column("languages", TEXT, nullable=True),
        sa.Column("url", TEXT, nullable=True),
        sa.Column("licence", TEXT, nullable=True),
        sa.Column("summary", TEXT, nullable=True),
        sa.Column("record", TEXT, nullable=True),
        sa.ForeignKeyConstraint(
            ["activity"],
            ["activities.id"],
            name=op.f("fk_outputs_activity"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outputs")),
    )
    with op.batch_alter_table("outputs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outputs_activity"), ["activity"], unique=False)

    op.create_table(
        "activities_projects",
        sa.Column("record", TEXT, nullable=False),
        sa.Column("position", NUMBER, nullable=False),
        sa.Column("target", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["record"],
            ["activities.id"],
            name=op.f("fk_activities_projects_record"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["target"],
            ["projects.id"],
            name=op.f("fk_activities_projects_target"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("record", "position", name=op.f("pk_activities_projects")),
    )
    with op.batch_alter_table("activities_projects", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_activities_projects_target"), ["target"], unique=False)

    op.create_table(
        "grants_amounts",
        sa.Column("record", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.Column("currency", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["record"],
            ["grants.id"],
            name=op.f("fk_grants_amounts_record"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("record", "id", name=op.f("pk_grants_amounts")),
    )
    op.create_table(
        "outputs_creators",
        sa.Column("record", TEXT, nullable=False),
        sa.Column("position", NUMBER, nullable=False),
        sa.Column("target", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["record"],
            ["outputs.id"],
            name=op.f("fk_outputs_creators_record"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["target"],
            ["organisations.id"],
            name=op.f("fk_outputs_creators_target"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("record", "position", name=op.f("pk_outputs_creators")),
    )
    with op.batch_alter_table("outputs_creators", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outputs_creators_target"), ["target"], unique=False)

    op.create_table(
        "outputs_identifiers",
        sa.Column("record", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("scheme", TEXT, nullable=False),
        sa.Column("notation", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["record"],
            ["outputs.id"],
            name=op.f("fk_outputs_identifiers_record"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("record", "id", name=op.f("pk_outputs_identifiers")),
    )
    op.create_table(
        "outputs_projects",
        sa.Column("record", TEXT, nullable=False),
        sa.Column("position", NUMBER, nullable=False),
        sa.Column("target", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["record"],
            ["outputs.id"],
            name=op.f("fk_outputs_projects_record"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["target"],
            ["projects.id"],
            name=op.f("fk_outputs_projects_target"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("record", "position", name=op.f("pk_outputs_projects")),
    )
    with op.batch_alter_table("outputs_projects", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outputs_projects_target"), ["target"], unique=False)

    op.create_table(
        "projects_contact_points",
        sa.Column("record", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("organisation", TEXT, nullable=True),
        sa.Column("role_as_stated", TEXT, nullable=True),
        sa.Column("email", TEXT, nullable=True),
        sa.Column("homepage", TEXT, nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation"],
            ["organisations.id"],
            name=op.f("fk_projects_contact_points_organisation"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["record"],
            ["projects.id"],
            name=op.f("fk_projects_contact_points_record"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("record", "id", name=op.f("pk_projects_contact_points")),
    )
    with op.batch_alter_table("projects_contact_points", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_projects_contact_points_organisation"), ["organisation"], unique=False
        )

    with op.batch_alter_table("programmes", schema=None) as batch_op:
        batch_op.add_column(sa.Column("see_also", TEXT, nullable=True))

    with op.batch_alter_table("projects", schema=None) as batch_op:
        batch_op.add_column(sa.Column("lead", TEXT, nullable=True))
        batch_op.create_index(batch_op.f("ix_projects_lead"), ["lead"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_projects_lead"),
            "organisations",
            ["lead"],
            ["id"],
            initially="DEFERRED",
            deferrable=True,
        )

    with op.batch_alter_table("projects_participations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("amounts", TEXT, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("projects_participations", schema=None) as batch_op:
        batch_op.drop_column("amounts")

    with op.batch_alter_table("projects", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_projects_lead"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_projects_lead"))
        batch_op.drop_column("lead")

    with op.batch_alter_table("programmes", schema=None) as batch_op:
        batch_op.drop_column("see_also")

    with op.batch_alter_table("projects_contact_points", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_projects_contact_points_organisation"))

    op.drop_table("projects_contact_points")
    with op.batch_alter_table("outputs_projects", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outputs_projects_target"))

    op.drop_table("outputs_projects")
    op.drop_table("outputs_identifiers")
    with op.batch_alter_table("outputs_creators", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outputs_creators_target"))

    op.drop_table("outputs_creators")
    op.drop_table("grants_amounts")
    with op.batch_alter_table("activities_projects", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_activities_projects_target"))

    op.drop_table("activities_projects")
    with op.batch_alter_table("outputs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outputs_activity"))

    op.drop_table("outputs")
    op.drop_table("activities_places")
    with op.batch_alter_table("activities_organisers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_activities_organisers_target"))

    op.drop_table("activities_organisers")
    op.drop_table("activities")
