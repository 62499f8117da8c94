"""For alembic's own command line, when a developer writes a new revision: `alembic revision --autogenerate`."""

from alembic import context
from sqlalchemy import create_engine
from sqlmodel import SQLModel

import memory.storage.tables  # noqa: F401  (fills the metadata)

engine = create_engine(context.config.get_main_option("sqlalchemy.url") or "sqlite://")
with engine.begin() as connection:
    context.configure(connection=connection, target_metadata=SQLModel.metadata, transactional_ddl=True)
    context.run_migrations()
