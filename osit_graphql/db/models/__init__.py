"""The tables. CHECK constraints repeat domain rules where they can; migrations add triggers for the others."""

from osit_graphql.db.models.audit import DirectoryChange, DirectorySeal, Seal
from osit_graphql.db.models.auth import ApiToken, Identity, SessionToken, SignInMark
from osit_graphql.db.models.column_types import Base, name_key
from osit_graphql.db.models.directory import Application, Cause, Person, Service, ServiceRate, Site
from osit_graphql.db.models.idempotency import IdempotencyKey
from osit_graphql.db.models.meetings import AgendaItem, Meeting
from osit_graphql.db.models.reports import (
    CostCell,
    FlowCell,
    FlowDelta,
    FlowEvent,
    Occurrence,
    RecurrenceCell,
    ReportDelta,
    ReportZone,
)
from osit_graphql.db.models.search import SearchRebuild, TicketDocument, TicketDocumentPart
from osit_graphql.db.models.tickets import Activity, Intervention, Ticket

__all__ = [
    "Activity",
    "AgendaItem",
    "ApiToken",
    "Application",
    "Base",
    "Cause",
    "CostCell",
    "DirectoryChange",
    "DirectorySeal",
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
    "SearchRebuild",
    "Service",
    "ServiceRate",
    "SessionToken",
    "SignInMark",
    "Site",
    "Ticket",
    "TicketDocument",
    "TicketDocumentPart",
    "name_key",
]
