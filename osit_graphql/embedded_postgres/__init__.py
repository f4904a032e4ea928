"""A PostgreSQL 18 of OSIT's own, for whoever has not brought one."""

from osit_graphql.embedded_postgres.failure import EmbeddedError
from osit_graphql.embedded_postgres.paths import default_data_dir
from osit_graphql.embedded_postgres.server import EmbeddedServer, find_running

__all__ = ["EmbeddedError", "EmbeddedServer", "default_data_dir", "find_running"]
