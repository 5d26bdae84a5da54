"""Alembic's entry: run the pending revisions in the transaction the package has opened."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], render_as_batch=True)
context.run_migrations()
