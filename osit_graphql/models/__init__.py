"""The tables. CHECK constraints repeat the law where PostgreSQL can; `migrations/` adds the triggers for the rest."""

from osit_graphql.models.chain import Seal
from osit_graphql.models.columns import Base, name_key
from osit_graphql.models.directory import Application, Cause, Person, Service, ServiceRate, SessionToken, Site
from osit_graphql.models.flow import FlowCell, FlowDelta, FlowEvent, ReportZone
from osit_graphql.models.identities import Identity
from osit_graphql.models.keys import IdempotencyKey
from osit_graphql.models.meetings import AgendaItem, Meeting
from osit_graphql.models.reports import CostCell, Occurrence, RecurrenceCell, ReportDelta
from osit_graphql.models.search import TicketDocument
from osit_graphql.models.sign_ins import ApiToken, SignInMark
from osit_graphql.models.tickets import Activity, Intervention, Ticket

__all__ = [
    "Activity",
    "AgendaItem",
    "ApiToken",
    "Application",
    "Base",
    "Cause",
    "CostCell",
    "FlowCell",
    "FlowDelta",
    "FlowEvent",
    "IdempotencyKey",
    "Identity",
    "Intervention",
    "Meeting",
    "Occurrence",
    "Person",
    "RecurrenceCell",
    "ReportDelta",
    "ReportZone",
    "Seal",
    "Service",
    "ServiceRate",
    "SessionToken",
    "SignInMark",
    "Site",
    "Ticket",
    "TicketDocument",
    "name_key",
]
