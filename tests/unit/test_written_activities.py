"""What an action wrote comes back from the very statement that wrote it, as the history shows it."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from osit_graphql.domain.enums import Criticality, Decision, Priority, Severity
from osit_graphql.services import tickets
from osit_graphql.services.queries import activities
from osit_graphql.services.tickets import CommandContext
from osit_graphql.services.tickets.create import NewTicket
from osit_graphql.services.tickets.qualification import Correction
from osit_graphql.services.tickets.ticket_command import CommandResult
from tests.company import Company

Verb = Callable[[Company, CommandContext, int], Awaitable[CommandResult]]

DONE: dict[str, tuple[str, Criticality, Verb]] = {
    "a new ticket": ("operator", Criticality.BLOCKING, lambda c, k, _: tickets.create(k, new(c))),
    "a comment": ("operator", Criticality.BLOCKING, lambda _, k, n: tickets.comment(k, n, comment="Vu.")),
    "an internal one": (
        "developer", Criticality.BLOCKING, lambda _, k, n: tickets.comment(k, n, comment="Vu.", internal=True)
    ),
    "an assignment": (
        "developer", Criticality.BLOCKING, lambda c, k, n: tickets.assign(k, n, assignee_id=c.keys["developer"])
    ),
    "a priority": (
        "developer", Criticality.BLOCKING, lambda _, k, n: tickets.prioritize(k, n, priority=Priority.URGENT)
    ),
    "a qualification that moves it": (
        "developer", Criticality.BLOCKING,
        lambda _, k, n: tickets.qualify(k, n, Correction(criticality=Criticality.EVOLUTION), comment="Une idée."),
    ),
    "a re-routing out of sight": (
        "developer", Criticality.BLOCKING,
        lambda c, k, n: tickets.reroute(k, n, service_id=c.keys["Réseau"], comment="Chez vous."),
    ),
    "a closing": ("developer", Criticality.BLOCKING, lambda _, k, n: tickets.close(k, n, comment="Fini.")),
    "a decision": (
        "manager", Criticality.EVOLUTION,
        lambda _, k, n: tickets.decide(k, n, decision=Decision.APPROVED, comment="Oui."),
    ),
}  # fmt: skip


def new(company: Company) -> NewTicket:
    """Return a form filled in."""
    keys = company.keys
    wanted: dict[str, Any] = {
        "requester_id": keys["requester"],
        "application_id": keys["Paie"],
        "service_id": keys["Réseau"],
    }
    return NewTicket("Titre", "Texte", **wanted, severity=Severity.MINOR, criticality=Criticality.BLOCKING)


@pytest.mark.parametrize("what", DONE)
async def test_a_receipt_is_what_the_history_shows(company: Company, what: str) -> None:
    who, criticality, verb = DONE[what]
    number, viewer = await company.ticket(criticality=criticality), company.viewers[who]
    async with company.database.transaction(viewer) as session:
        outcome = await verb(company, CommandContext(session, viewer), number)
        assert outcome.activities is not None
        shown = await activities.written_by_viewer(session, viewer, outcome.activity_ids, activities.ALL_COLUMNS)
        names = [*shown[0]._mapping.keys()]
        told = [[getattr(row, name) for name in names] for row in outcome.activities]
        assert told == [[getattr(row, name) for name in names] for row in shown]
        assert [*outcome.activities[0]._mapping.keys()] == names
        assert [type(value) for value in told[0]] == [type(getattr(shown[0], name)) for name in names]
