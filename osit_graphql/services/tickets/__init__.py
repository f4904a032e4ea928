"""Every write on a ticket, one function per command: the permissions, the visibility, the history, one transaction."""

from osit_graphql.services.tickets.commands import assign, close, comment, decide, prioritize, reopen, reroute
from osit_graphql.services.tickets.create import create
from osit_graphql.services.tickets.interventions import log_intervention, void_intervention
from osit_graphql.services.tickets.qualification import qualify
from osit_graphql.services.tickets.ticket_command import CommandContext, CommandResult, ResponseColumns

__all__ = [
    "CommandContext",
    "CommandResult",
    "ResponseColumns",
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
