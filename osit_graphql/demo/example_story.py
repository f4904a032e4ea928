"""The specification's example as events, and an open ticket of the same origin, from `texts/example_story.toml`."""

from collections.abc import Callable, Iterator
from typing import Any

from osit_graphql.demo import events
from osit_graphql.demo.company import DEFECT, PEOPLE
from osit_graphql.demo.texts import Table, read_texts
from osit_graphql.demo.working_hours import DAY_MINUTES, END_MINUTE
from osit_graphql.domain.enums import Criticality, Priority, Severity

_EVENT_TYPES: dict[str, type[events.TicketEvent]] = {
    "assign": events.Assigned,
    "close": events.Closed,
    "comment": events.Commented,
    "log_intervention": events.InterventionLogged,
    "prioritize": events.Prioritized,
    "reroute": events.Rerouted,
}
_ACCOUNTS = {person.account: person for person in PEOPLE if person.account}
_PARSERS: dict[str, Callable[[Any], Any]] = {
    "actor": _ACCOUNTS.__getitem__,
    "assignee": _ACCOUNTS.__getitem__,
    "priority": Priority,
}


def generate(first_key: int) -> list[events.TicketEvent]:
    """Return the events of the story's tickets, with consecutive keys from this one."""
    tickets = read_texts("example_story")["tickets"]
    return [event for key, ticket in enumerate(tickets, first_key) for event in _parse_ticket(key, ticket)]


def _parse_ticket(key: int, ticket: Table) -> Iterator[events.TicketEvent]:
    start = END_MINUTE - ticket["days_before_end"] * DAY_MINUTES + ticket["minute_of_day"]
    yield events.Opened(
        start, key, _ACCOUNTS["operator"],
        title=ticket["title"], description=ticket["description"], impact=ticket["impact"],
        requester=_ACCOUNTS[ticket["requester"]], application="Portail RH", service="Développement RH",
        severity=Severity.MAJOR, criticality=Criticality.BLOCKING, suspected_cause=DEFECT,
    )  # fmt: skip
    for entry in ticket["events"]:
        fields = {name: _PARSERS[name](value) if name in _PARSERS else value for name, value in entry.items()}
        event_type = _EVENT_TYPES[fields.pop("command")]
        yield event_type(**fields | {"minute": start + fields["minute"], "ticket_key": key})
