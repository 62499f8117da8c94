"""What the chat app shows and keeps: pins, switches, the facts of a reply, feedback, documents, preferences."""

import sqlalchemy as sa
from alembic import op

from memory.storage.tables import UtcTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("conversation", sa.Column("recalls", sa.Boolean(), nullable=False, server_default="1"))
    op.add_column("conversation", sa.Column("pinned", sa.Boolean(), nullable=False, server_default="0"))
    op.add_column("message", sa.Column("prompt_id", sa.String(), nullable=True))
    op.add_column("memory", sa.Column("document_id", sa.String(), nullable=True))
    op.create_index(op.f("ix_memory_document_id"), "memory", ["document_id"], unique=False)
    op.create_table(
        "fact_use",
        sa.Column("message_id", sa.String(), primary_key=True, nullable=False),
        sa.Column("fact_id", sa.String(), primary_key=True, nullable=False),
        _user(),
        sa.Column("rank", sa.Integer(), nullable=False),
    )
    op.create_index(op.f("ix_fact_use_fact_id"), "fact_use", ["fact_id"], unique=False)
    op.create_index(op.f("ix_fact_use_user_id"), "fact_use", ["user_id"], unique=False)
    op.create_table(
        "feedback",
        sa.Column("message_id", sa.String(), primary_key=True, nullable=False),
        _user(),
        sa.Column("rating", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("corrected", sa.String(), nullable=True),
        sa.Column("rated_at", UtcTime(), nullable=False),
    )
    op.create_index(op.f("ix_feedback_user_id"), "feedback", ["user_id"], unique=False)
    op.create_table(
        "document",
        sa.Column("seq", sa.Integer(), primary_key=True, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        _user(),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("added_at", UtcTime(), nullable=False),
        sa.UniqueConstraint("id"),
    )
    op.create_index(op.f("ix_document_user_id"), "document", ["user_id"], unique=False)
    op.create_table(
        "preference",
        _user(primary_key=True),
        sa.Column("key", sa.String(), primary_key=True, nullable=False),
        sa.Column("value", sa.String(), nullable=False),
    )


def _user(*, primary_key: bool = False) -> sa.Column[str]:
    return sa.Column("user_id", sa.String(), sa.ForeignKey("user.id"), primary_key=primary_key, nullable=False)
