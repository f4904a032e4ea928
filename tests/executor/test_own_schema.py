"""Whatever is asked of our own schema, each plan gives what graphql-core does: see `difference`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from osit_graphql.api.executor.codegen import Plan
from osit_graphql.domain.enums import Action
from osit_graphql.settings import Settings
from tests.client import Api
from tests.company import PEOPLE, Company
from tests.desk import Desk
from tests.executor.asking import documents

ROLES = [name for name, *_ in PEOPLE]
PERIOD = 'period: {from: "2026-01-01", to: "2026-12-31"}'
ROOTS = {
    "viewer": "",
    "tickets": "(first: 5)",
    "openTickets": "",
    "ticket": "(by: {number: 1})",
    "similarTickets": '(to: {draft: {title: "écran"}})',
    "services": "",
    "applications": "",
    "users": "",
    "decisionMeetings": "",
    "maintenanceCosts": f"({PERIOD})",
    "recurrences": f"({PERIOD}, minOccurrences: 2)",
    "ticketFlow": f"({PERIOD})",
}


MUCH = 10**9  # what is asked here is beyond what anybody would, and no limit's business


@pytest.fixture
async def boundless(company: Company) -> AsyncIterator[Api]:
    """Give the API without a limit to what a document may ask."""
    bounds: dict[str, Any] = {
        f"max_{what}": MUCH for what in ("tokens", "fields", "aliases", "characters", "directives")
    }
    async with Api(Settings(_env_file=None, budget_points=MUCH, max_cost=MUCH, **bounds), company.database) as api:
        yield api


@pytest.fixture
async def desk(company: Company, boundless: Api) -> Desk:
    """Give the small company after some work, so that there is something to answer."""
    desk = Desk(company, boundless)
    for title in ("Écran noir", "Plus d'impression", "Accès refusé"):
        number = await company.ticket(title)
        await desk.does("developer", Action.COMMENT, number, comment="Vu.")
        await desk.does("developer", Action.LOG_INTERVENTION, number)
        await desk.does("developer", Action.REROUTE, number)
    return desk


@pytest.fixture
def written() -> Iterator[list[Plan]]:
    """Give what was written by plans so far."""
    found: list[Plan] = []
    write = Plan.try_to_write

    def watch(plan: Plan, value: object) -> object:
        found.append(plan)
        return write(plan, value)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Plan, "try_to_write", watch)
        yield found


async def test_any_query_is_answered_as_graphql_core_does(desk: Desk, written: list[Plan]) -> None:
    """As everybody; what graphql-core says is compared within (`difference.compared`)."""
    loop = asyncio.get_running_loop()

    @settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
    @given(document=documents(ROOTS), who=st.sampled_from(ROLES))
    def ask(document: str, who: str) -> None:
        answer = asyncio.run_coroutine_threadsafe(desk.api.ask(desk.token(who), document), loop).result()
        assert {*answer.codes} <= {"FORBIDDEN"}, document

    await asyncio.to_thread(ask)
    assert len(written) > 100
