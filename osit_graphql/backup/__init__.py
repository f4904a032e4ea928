"""Backup and restore of the whole database, with pg_dump, pg_restore and psql."""

from osit_graphql.backup.dump import dump as dump
from osit_graphql.backup.pg_tools import Progress as Progress
from osit_graphql.backup.pg_tools import Tools as Tools
from osit_graphql.backup.pg_tools import find_tools as find_tools
from osit_graphql.backup.restore import inspect as inspect
from osit_graphql.backup.restore import restore as restore
