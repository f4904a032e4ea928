"""A command returns the activity from its writing statement, as the history shows it."""

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

Command = Callable[[Company, CommandContext, int], Awaitable[CommandResult]]

COMMANDS: dict[str, tuple[str, Criticality, Command]] = {
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
    "a re-routing to another service": (
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
    """Return a valid new ticket."""
    keys = company.keys
    wanted: dict[str, Any] = {
        "requester_id": keys["requester"],
        "application_id": keys["Paie"],
        "service_id": keys["Réseau"],
    }
    return NewTicket("Titre", "Texte", **wanted, severity=Severity.MINOR, criticality=Criticality.BLOCKING)


@pytest.mark.parametrize("case", COMMANDS)
async def test_a_written_activity_equals_the_history(company: Company, case: str) -> None:
    who, criticality, command = COMMANDS[case]
    number, viewer = await company.ticket(criticality=criticality), company.viewers[who]
    async with company.database.transaction(viewer) as session:
        result = await command(company, CommandContext(session, viewer), number)
        assert result.activities is not None
        shown = await activities.written_by_viewer(session, viewer, result.activity_ids, activities.ALL_COLUMNS)
        names = [*shown[0].mapping.keys()]
        returned = [[getattr(row, name) for name in names] for row in result.activities]
        assert returned == [[getattr(row, name) for name in names] for row in shown]
        assert [*result.activities[0].mapping.keys()] == names
        assert [type(value) for value in returned[0]] == [type(getattr(shown[0], name)) for name in names]
