"""Backups: the whole database in one file, and back, with PostgreSQL's own programs."""

from osit_graphql.archives.dumping import dump as dump
from osit_graphql.archives.programs import Progress as Progress
from osit_graphql.archives.programs import Tools as Tools
from osit_graphql.archives.programs import find_tools as find_tools
from osit_graphql.archives.restoring import inspect as inspect
from osit_graphql.archives.restoring import restore as restore
