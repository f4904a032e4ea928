"""Every write on a ticket, one function a verb: fetched through visibility, judged by the rules, told in history."""

from osit_graphql.services.tickets.assignment import assign, prioritize
from osit_graphql.services.tickets.comments import comment
from osit_graphql.services.tickets.create import create
from osit_graphql.services.tickets.interventions import log_intervention, void_intervention
from osit_graphql.services.tickets.lifecycle import close, decide, reopen
from osit_graphql.services.tickets.qualification import qualify
from osit_graphql.services.tickets.routing import reroute

__all__ = [
    "assign",
    "close",
    "comment",
    "create",
    "decide",
    "log_intervention",
    "prioritize",
    "qualify",
    "reopen",
    "reroute",
    "void_intervention",
]
