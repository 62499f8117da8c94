"""What may be done with what a user says, and what was erased. Who was here before had no choice to make: what was done
then goes on, and is recorded as so."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from memory.storage.tables import UtcTime, new_id

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    consent = op.create_table(
        "consent",
        sa.Column("seq", sa.Integer(), primary_key=True, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        _user(),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("chosen_at", UtcTime(), nullable=False),
        sa.UniqueConstraint("id"),
    )
    op.create_index(op.f("ix_consent_user_id"), "consent", ["user_id"], unique=False)
    op.create_table(
        "erasure",
        sa.Column("seq", sa.Integer(), primary_key=True, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        _user(),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("counts", sa.String(), nullable=False),
        sa.Column("erased_at", UtcTime(), nullable=False),
        sa.UniqueConstraint("id"),
    )
    op.create_index(op.f("ix_erasure_user_id"), "erasure", ["user_id"], unique=False)
    _carry_over(consent)


def _carry_over(consent: sa.Table) -> None:
    """The preferences `remembers` and `learns` become choices."""
    connection = op.get_bind()
    kept = {
        (user_id, key): value
        for user_id, key, value in connection.execute(sa.text("SELECT user_id, key, value FROM preference"))
    }
    for (user_id,) in connection.execute(sa.text("SELECT id FROM user")).all():
        for purpose, key in (("remember", "remembers"), ("profile", "learns")):
            row = {
                "id": new_id(),
                "user_id": user_id,
                "purpose": purpose,
                "granted": kept.get((user_id, key)) != "false",
                "origin": "before",
                "chosen_at": datetime.now(UTC),
            }
            connection.execute(consent.insert().values(**row))
    connection.execute(sa.text("DELETE FROM preference WHERE key IN ('remembers', 'learns')"))


def _user() -> sa.Column[str]:
    return sa.Column("user_id", sa.String(), sa.ForeignKey("user.id"), nullable=False)
