"""Accounts with passwords, and the sessions of those who logged in."""

import sqlalchemy as sa
from alembic import op

from memory.storage.tables import UtcTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("user_id", sa.String(), sa.ForeignKey("user.id"), primary_key=True, nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("password", sa.String(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
    )
    op.create_table(
        "session",
        sa.Column("id", sa.String(), primary_key=True, nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), sa.ForeignKey("user.id"), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("seen_at", UtcTime(), nullable=False),
        sa.UniqueConstraint("token"),
    )
    op.create_index(op.f("ix_session_user_id"), "session", ["user_id"], unique=False)
