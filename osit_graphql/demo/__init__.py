"""The demo company: a realistic year of an incident desk, in French, to try OSIT with."""

from osit_graphql.demo.accounts import ACCOUNTS, PASSWORD, DemoAccount
from osit_graphql.demo.detection import is_demo, is_empty
from osit_graphql.demo.seed import fill

__all__ = ["ACCOUNTS", "PASSWORD", "DemoAccount", "fill", "is_demo", "is_empty"]
