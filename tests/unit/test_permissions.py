"""The complete permission matrix: 11 actions, 5 roles, 3 statuses, with and without a comment."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from osit_graphql.domain.enums import Action, Criticality, Decision, Priority, Role, Severity, Status
from osit_graphql.domain.errors import Forbidden, Refused
from osit_graphql.services import tickets
from osit_graphql.services.tickets import CommandContext
from osit_graphql.services.tickets.create import NewTicket
from osit_graphql.services.tickets.interventions import Work
from osit_graphql.services.tickets.qualification import Correction
from tests.company import Company
from tests.superuser import rolled_back
from tests.unit.permission_table import TABLE, outcome

PEOPLE = {
    Role.REQUESTER: "requester",
    Role.OPERATOR: "operator",
    Role.TECHNICIAN: "developer",
    Role.MANAGER: "manager",
    Role.ADMIN: "admin",
}
ZONE = ZoneInfo("Europe/Paris")
MORNING = datetime(2026, 1, 5, 8, tzinfo=UTC)
Command = Callable[[CommandContext, str | None], Awaitable[Any]]


def commands(company: Company, ticket: int, intervention: int) -> dict[Action, Command]:
    """Return each action on this ticket, valid except for its comment."""
    keys = company.keys
    work = Work(MORNING, 30, keys["Configuration"])
    new = NewTicket(
        "Écran noir", "Rien.", keys["requester"], keys["Portail"], keys["Réseau"], Severity.MINOR, Criticality.BLOCKING
    )
    return {
        Action.CREATE: lambda context, _: tickets.create(context, new),
        Action.COMMENT: lambda context, why: tickets.comment(context, ticket, comment=why),
        Action.LOG_INTERVENTION: lambda context, why: tickets.log_intervention(
            context, ticket, work, zone=ZONE, comment=why
        ),
        Action.VOID_INTERVENTION: lambda context, why: tickets.void_intervention(context, intervention, comment=why),
        Action.ASSIGN: lambda context, why: tickets.assign(context, ticket, assignee_id=keys["peer"], comment=why),
        Action.PRIORITIZE: lambda context, why: tickets.prioritize(
            context, ticket, priority=Priority.URGENT, comment=why
        ),
        Action.QUALIFY: lambda context, why: tickets.qualify(context, ticket, Correction(title="Autre"), comment=why),
        Action.REROUTE: lambda context, why: tickets.reroute(context, ticket, service_id=keys["Réseau"], comment=why),
        Action.CLOSE: lambda context, why: tickets.close(context, ticket, comment=why),
        Action.REOPEN: lambda context, why: tickets.reopen(context, ticket, comment=why),
        Action.DECIDE: lambda context, why: tickets.decide(context, ticket, decision=Decision.APPROVED, comment=why),
    }


async def prepare_ticket(company: Company, status: Status) -> dict[Action, Command]:
    """Create a ticket in this status with an intervention of the developer; return the actions on it."""
    evolution = status is Status.PENDING_DECISION
    ticket = await company.ticket(criticality=Criticality.EVOLUTION if evolution else Criticality.NON_BLOCKING)
    work = Work(MORNING, 30, company.keys["Configuration"])
    logged = await company.do("developer", tickets.log_intervention, ticket, work, zone=ZONE, comment="Vu.")
    if status is Status.CLOSED:
        await company.do("developer", tickets.close, ticket, comment="Fini.")
    return commands(company, ticket, logged.activity_ids[0])


async def attempt(company: Company, who: str, command: Command, comment: str | None) -> str:
    """Act in a transaction that is rolled back, with PostgreSQL's triggers; return the result."""
    async with rolled_back(company.database, company.viewers[who]) as session:
        try:
            await command(CommandContext(session, company.viewers[who]), comment)
            await session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        except Forbidden:
            return "FORBIDDEN"
        except Refused as refused:
            return " ".join(sorted(error.code for error in refused.user_errors))
    return "accepted"


def test_the_table_has_every_action() -> None:
    assert [line.split()[0] for line in TABLE.strip().splitlines()[1:]] == [str(action) for action in Action]


@pytest.mark.parametrize("status", Status)
async def test_every_action_role_and_comment(company: Company, status: Status) -> None:
    tried = await prepare_ticket(company, status)
    cases = [(action, role, comment) for action in Action for role in Role for comment in ("Voici.", " \t\n", None)]
    results = {
        (str(action), str(role), comment): await attempt(company, PEOPLE[role], tried[action], comment)
        for action, role, comment in cases
    }
    assert results == {
        (str(action), str(role), comment): outcome(action, role, status, commented=comment == "Voici.")
        for action, role, comment in cases
    }


async def test_a_technician_voids_only_their_own_work(company: Company) -> None:
    tried = await prepare_ticket(company, Status.OPEN)
    void = tried[Action.VOID_INTERVENTION]
    people = ("developer", "peer", "network", "manager", "twofold", "operator")
    results = {who: await attempt(company, who, void, "Voici.") for who in people}
    assert results == {
        "developer": "accepted",
        "peer": "NOT_FOUND",
        "network": "NOT_FOUND",
        "manager": "accepted",
        "twofold": "NOT_FOUND",
        "operator": "FORBIDDEN",
    }
