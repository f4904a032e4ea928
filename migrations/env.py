"""Alembic's entry: runs the chain on the connection that `osit_graphql.migration` hands over."""

from alembic import context

from osit_graphql.db.models import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, compare_server_default=True)
with context.begin_transaction():
    context.run_migrations()
