"""Facts that are learned: whose, how sure, how they came and which change brought or ended them. A conversation that is
not remembered."""

import sqlalchemy as sa
from alembic import op

from memory.storage.tables import UtcTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("conversation", sa.Column("remembers", sa.Boolean(), nullable=False, server_default="1"))
    for column in (
        sa.Column("subject", sa.String(), nullable=False, server_default="user"),
        sa.Column("polarity", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("strength", sa.Float(), nullable=False, server_default="0.5"),
        sa.Column("confidence", sa.Float(), nullable=False, server_default="1"),
        sa.Column("origin", sa.String(), nullable=False, server_default="set"),
        sa.Column("times_said", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("last_said_at", UtcTime(), nullable=False, server_default="1970-01-01 00:00:00.000000"),
        sa.Column("also_from", sa.String(), nullable=True),
        sa.Column("change_id", sa.String(), nullable=False, server_default=""),
        sa.Column("ended_by", sa.String(), nullable=True),
    ):
        op.add_column("fact", column)
    op.execute("UPDATE fact SET change_id = id, last_said_at = recorded_at")
    op.execute("UPDATE fact SET polarity = -1 WHERE key = 'dislikes'")
    op.create_index(op.f("ix_fact_also_from"), "fact", ["also_from"], unique=False)
    op.create_index(op.f("ix_fact_change_id"), "fact", ["change_id"], unique=False)
    op.create_index(op.f("ix_fact_ended_by"), "fact", ["ended_by"], unique=False)
