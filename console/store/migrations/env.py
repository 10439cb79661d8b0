"""Alembic's environment: it gets its connection from console.store.migrate."""

from alembic import context

from console.store import schema  # noqa: F401 - the tables must be known
from console.store.columns import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
