"""Alembic's entry; the runner in the package configures everything itself."""

from alembic import context

with context.begin_transaction():
    context.run_migrations()
