"""Filters and orders of ticket lists, as they come in."""

from datetime import datetime
from typing import Any

import strawberry
from strawberry import UNSET

from osit_graphql.api import global_ids
from osit_graphql.api.arguments import is_set
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
WORDS = ("statuses", "severities", "criticalities", "priorities")
MOMENTS = ("opened_at", "updated_at", "closed_at")


def listed(what: str) -> Any:
    """Describe a list of a filter."""
    return strawberry.field(default=UNSET, description=f"Any of these {what}. An empty list matches nothing.")


@strawberry.input(description="Time range.")
class DateTimeRange:
    """The contract's `DateTimeRange`."""

    from_: datetime | None = strawberry.field(name="from", default=UNSET, description="Start, inclusive.")
    to: datetime | None = strawberry.field(default=UNSET, description="End, exclusive.")

    def to_service(self) -> ticket_filter.DateTimeRange:
        """Return what the services take."""
        return ticket_filter.DateTimeRange(
            self.from_ if is_set(self.from_) else None, self.to if is_set(self.to) else None
        )


@strawberry.input(description="Ticket filter. All fields must match; null counts as absent.")
class TicketFilter:
    """The contract's `TicketFilter`."""

    statuses: list[Status] | None = listed("statuses")
    severities: list[Severity] | None = listed("severities")
    criticalities: list[Criticality] | None = listed("criticalities")
    priorities: list[Priority] | None = listed("priorities")
    application_ids: list[strawberry.ID] | None = listed("applications")
    service_ids: list[strawberry.ID] | None = listed("services")
    site_ids: list[strawberry.ID] | None = listed("sites")
    requester_ids: list[strawberry.ID] | None = listed("requesters")
    assignee_ids: list[strawberry.ID] | None = listed("assignees")
    cause_ids: list[strawberry.ID] | None = listed("causes, as an intervention that stands found them")
    unassigned: bool | None = strawberry.field(default=UNSET, description="Whether the ticket has no assignee.")
    opened_at: DateTimeRange | None = strawberry.field(default=UNSET, description="Time of opening.")
    updated_at: DateTimeRange | None = strawberry.field(default=UNSET, description="Time of the last activity.")
    closed_at: DateTimeRange | None = strawberry.field(default=UNSET, description="Time of closing.")
    search: str | None = strawberry.field(
        default=UNSET,
        description="Full-text search in title, description and the comments that the viewer may read. Words in any "
        'order; accents, case and endings don\'t matter. "Phrase" in quotes; -word excludes. A number '
        "(1234, #1234) finds that ticket first. At most 500 characters; a blank string is ignored.",
    )
    any_of: "list[TicketFilter] | None" = strawberry.field(
        default=UNSET,
        description="Any of these filters. An empty list matches nothing. Filters nest at most three levels deep.",
    )
    not_: "TicketFilter | None" = strawberry.field(
        name="not", default=UNSET, description="Excludes tickets that match this filter."
    )

    def to_service(self, path: Path = ("filter",), depth: int = 1) -> ticket_filter.TicketFilter:
        """Return what the services take; ids that can't be decoded are refused by their path."""
        ticket_filter.check_depth(depth)
        values: dict[str, object] = {}
        for name in WORDS:
            if is_set(words := getattr(self, name)):
                values[name] = tuple(sorted(set(words)))
        for name, (argument, kind) in IDS.items():
            if is_set(texts := getattr(self, name)):
                decoded = {global_ids.decode(kind, text, (*path, argument, str(at))) for at, text in enumerate(texts)}
                values[name] = tuple(sorted(decoded))
        for name in MOMENTS:
            if is_set(stretch := getattr(self, name)):
                values[name] = stretch.to_service()
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
    """The contract's `TicketOrder`."""

    field: OrderField = strawberry.field(description="Field.")
    direction: Direction = strawberry.field(default=Direction.DESC, description="Direction of an ordering.")


def order_of(orders: list[TicketOrder] | None) -> Order:
    """Return what the services take; nothing said is the list's own order."""
    return tuple((order.field, order.direction) for order in orders) if is_set(orders) and orders is not None else ()
