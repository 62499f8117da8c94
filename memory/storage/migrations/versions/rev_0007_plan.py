"""How each reply was planned is kept with it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("message", sa.Column("plan", sa.String(), nullable=True))
