"""Inputs of ticket lists: filter and order, and their conversion to the arguments of the services."""

from datetime import datetime
from typing import Any

import strawberry
from strawberry import UNSET

from osit_graphql.api import global_ids
from osit_graphql.api.strawberry_adapter import is_set
from osit_graphql.domain.enums import Criticality, Priority, Severity, Status
from osit_graphql.domain.user_errors import Path
from osit_graphql.services.queries import ticket_filter, ticket_search
from osit_graphql.services.queries.ticket_ordering import Direction, Order, OrderField

IDS = {
    "application_ids": ("applicationIds", global_ids.Kind.APPLICATION),
    "service_ids": ("serviceIds", global_ids.Kind.SERVICE),
    "site_ids": ("siteIds", global_ids.Kind.SITE),
    "requester_ids": ("requesterIds", global_ids.Kind.USER),
    "assignee_ids": ("assigneeIds", global_ids.Kind.USER),
    "cause_ids": ("causeIds", global_ids.Kind.CAUSE),
}
ENUMERATIONS = ("statuses", "severities", "criticalities", "priorities")
TIME_RANGES = ("opened_at", "updated_at", "closed_at")


def list_field(items: str) -> Any:
    """Return a list field of a filter."""
    return strawberry.field(default=UNSET, description=f"Any of these {items}. An empty list matches nothing.")


@strawberry.input(description="Time range.")
class DateTimeRange:
    from_: datetime | None = strawberry.field(name="from", default=UNSET, description="Start, inclusive.")
    to: datetime | None = strawberry.field(default=UNSET, description="End, exclusive.")

    def to_service(self) -> ticket_filter.DateTimeRange:
        """Return the range for the services."""
        return ticket_filter.DateTimeRange(
            self.from_ if is_set(self.from_) else None, self.to if is_set(self.to) else None
        )


@strawberry.input(description="Ticket filter. All fields must match; null counts as absent.")
class TicketFilter:
    statuses: list[Status] | None = list_field("statuses")
    severities: list[Severity] | None = list_field("severities")
    criticalities: list[Criticality] | None = list_field("criticalities")
    priorities: list[Priority] | None = list_field("priorities")
    application_ids: list[strawberry.ID] | None = list_field("applications")
    service_ids: list[strawberry.ID] | None = list_field("services")
    site_ids: list[strawberry.ID] | None = list_field("sites")
    requester_ids: list[strawberry.ID] | None = list_field("requesters")
    assignee_ids: list[strawberry.ID] | None = list_field("assignees")
    cause_ids: list[strawberry.ID] | None = list_field("causes, of an intervention that is not voided")
    unassigned: bool | None = strawberry.field(
        default=UNSET,
        description="Whether the ticket has no assignee who is still an active technician of its service.",
    )
    opened_at: DateTimeRange | None = strawberry.field(default=UNSET, description="Time of opening.")
    updated_at: DateTimeRange | None = strawberry.field(default=UNSET, description="Time of the last activity.")
    closed_at: DateTimeRange | None = strawberry.field(default=UNSET, description="Time of closing.")
    search: str | None = strawberry.field(
        default=UNSET,
        description="Full-text search in title, description and the comments that the viewer may read. Words in any "
        'order; accents, case and endings don\'t matter. "Phrase" in quotes; -word excludes. A number '
        "(1234, #1234) finds that ticket first. Words joined by a hyphen match as one (wi-fi, wifi). At most 500 "
        "characters; a blank string is ignored, and a text without a letter or digit is refused with BAD_USER_INPUT.",
    )
    any_of: "list[TicketFilter] | None" = strawberry.field(
        default=UNSET,
        description="Any of these filters. An empty list matches nothing. Filters nest at most three levels deep.",
    )
    not_: "TicketFilter | None" = strawberry.field(
        name="not", default=UNSET, description="Excludes tickets that match this filter."
    )

    def to_service(self, path: Path = ("filter",), depth: int = 1) -> ticket_filter.TicketFilter:
        """Return the filter for the services; raises `BadInput` with the path of an invalid ID."""
        ticket_filter.check_depth(depth)
        values: dict[str, object] = {}
        for name in ENUMERATIONS:
            if is_set(members := getattr(self, name)):
                values[name] = tuple(sorted(set(members)))
        for name, (argument, kind) in IDS.items():
            if is_set(texts := getattr(self, name)):
                decoded = {global_ids.decode(kind, text, (*path, argument, str(at))) for at, text in enumerate(texts)}
                values[name] = tuple(sorted(decoded))
        for name in TIME_RANGES:
            if is_set(time_range := getattr(self, name)):
                values[name] = time_range.to_service()
        if is_set(self.unassigned):
            values["unassigned"] = self.unassigned
        if is_set(self.search) and self.search is not None:
            values["search"] = ticket_search.parse_search(self.search, (*path, "search"))
        return ticket_filter.TicketFilter(**values, **self._nested(path, depth))  # type: ignore[arg-type]

    def _nested(self, path: Path, depth: int) -> dict[str, object]:
        values: dict[str, object] = {}
        if is_set(self.any_of) and self.any_of is not None:
            nested = enumerate(self.any_of)
            values["any_of"] = tuple(inner.to_service((*path, "anyOf", str(at)), depth + 1) for at, inner in nested)
        if is_set(self.not_) and self.not_ is not None:
            values["negated"] = self.not_.to_service((*path, "not"), depth + 1)
        return values


@strawberry.input(description="Sort key of a ticket list.")
class TicketOrder:
    field: OrderField = strawberry.field(description="Field.")
    direction: Direction = strawberry.field(default=Direction.DESC, description="Direction of an ordering.")


def order_of(orders: list[TicketOrder] | None) -> Order:
    """Return the order for the services; empty for the list's default order."""
    return tuple((order.field, order.direction) for order in orders) if is_set(orders) and orders is not None else ()
