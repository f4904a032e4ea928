"""For random documents of our own schema, generated code returns graphql-core's data: see `comparison`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from osit_graphql.api.executor.codegen import ObjectSerializer
from osit_graphql.domain.enums import Action
from osit_graphql.settings import Settings
from tests.client import Api
from tests.company import PEOPLE, Company
from tests.desk import Desk
from tests.executor.random_documents import documents

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
    "directoryChanges": "",
    "maintenanceCosts": f"({PERIOD})",
    "recurrences": f"({PERIOD}, minOccurrences: 2)",
    "ticketFlow": f"({PERIOD})",
}


NO_LIMIT = 10**9


@pytest.fixture
async def unlimited_api(company: Company) -> AsyncIterator[Api]:
    """Return the API on the compiled executor, without limits on documents."""
    limits: dict[str, Any] = {
        f"max_{counted}": NO_LIMIT for counted in ("tokens", "fields", "aliases", "characters", "directives")
    }
    settings_ = Settings(_env_file=None, executor="compiled", budget_points=NO_LIMIT, max_cost=NO_LIMIT, **limits)
    async with Api(settings_, company.database) as api:
        yield api


@pytest.fixture
async def desk(company: Company, unlimited_api: Api) -> Desk:
    """Return the small company with some tickets and histories."""
    desk = Desk(company, unlimited_api)
    for title in ("Écran noir", "Plus d'impression", "Accès refusé"):
        number = await company.ticket(title)
        await desk.does("developer", Action.COMMENT, number, comment="Vu.")
        await desk.does("developer", Action.LOG_INTERVENTION, number)
        await desk.does("developer", Action.REROUTE, number)
    return desk


@pytest.fixture
def used_serializers() -> Iterator[list[ObjectSerializer]]:
    """Return the serializers that were called so far."""
    used: list[ObjectSerializer] = []
    serialize = ObjectSerializer.serialize_or_none

    def watch(serializer: ObjectSerializer, value: object) -> object:
        used.append(serializer)
        return serialize(serializer, value)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ObjectSerializer, "serialize_or_none", watch)
        yield used


async def test_any_query_has_graphql_cores_data(desk: Desk, used_serializers: list[ObjectSerializer]) -> None:
    """As each role; the comparison is `comparison.complete_and_compare`."""
    loop = asyncio.get_running_loop()

    @settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
    @given(document=documents(ROOTS), person=st.sampled_from(ROLES))
    def ask(document: str, person: str) -> None:
        response = asyncio.run_coroutine_threadsafe(desk.api.ask(desk.token(person), document), loop).result()
        assert {*response.codes} <= {"FORBIDDEN"}, document

    await asyncio.to_thread(ask)
    assert len(used_serializers) > 100
