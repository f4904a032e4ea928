"""The demo company: a realistic year of an incident desk, in French, to try OSIT with."""

from osit_graphql.demo.company import ACCOUNTS, PASSWORD
from osit_graphql.demo.detection import is_demo, is_empty
from osit_graphql.demo.seed import fill

__all__ = ["ACCOUNTS", "PASSWORD", "fill", "is_demo", "is_empty"]
