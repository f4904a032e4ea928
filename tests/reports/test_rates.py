"""Dated rates: priced work keeps its price; a backdated rate prices unpriced work, also concurrent work."""

import asyncio
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from osit_graphql.db.models import Intervention
from osit_graphql.domain import clock
from osit_graphql.domain.enums import Action
from osit_graphql.services.directory.catalog import ServiceInput, update_entry
from osit_graphql.services.directory.hourly_rates import labour
from osit_graphql.services.reports.rollup_check import check_rollups
from osit_graphql.services.tickets import log_intervention, void_intervention
from osit_graphql.services.tickets.interventions import Work
from tests.client import Api
from tests.company import Company
from tests.desk import Desk
from tests.directory.directory_calls import call, refusal
from tests.superuser import as_superuser

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 6, 20, 10, tzinfo=UTC)
UPDATE = """mutation ($id: ID!, $input: ServiceUpdateInput!) { serviceUpdate(id: $id, input: $input) {
  service { hourlyRate { amount } rates { from hourlyRate { amount } } } userErrors { field code } } }"""


async def work(company: Company, number: int, day: int, hour: int = 9) -> int:
    """Log an hour by the network's technician on a day of June; return its id."""
    done = Work(datetime(2026, 6, day, hour, tzinfo=UTC), 60, company.keys["Configuration"])
    with clock.at(NOW):
        outcome = await company.do("network", log_intervention, number, done, zone=PARIS, comment="Fait.")
    return int(outcome.activity_ids[0])


async def price(company: Company, rate: str | None, day: date | None = None) -> None:
    input_ = ServiceInput(hourly_rate=None if rate is None else Decimal(rate), hourly_rate_from=day)
    with clock.at(NOW):
        await call(company, update_entry, company.viewers["admin"], company.keys["Réseau"], input_, zone=PARIS)


async def priced(company: Company) -> list[Decimal | None]:
    async with as_superuser(company.database).reading() as session:
        return list(await session.scalars(select(Intervention.hourly_rate).order_by(Intervention.activity_id)))


async def test_a_backdated_rate_prices_only_unpriced_work(company: Company) -> None:
    number = await company.ticket(service="Réseau")
    await price(company, None, date(2026, 6, 5))
    for day in (4, 5, 10, 15):
        await work(company, number, day)
    await company.do("network", void_intervention, await work(company, number, 11), comment="Erreur.")
    assert await priced(company) == [Decimal("45.50"), None, None, None, None]
    await price(company, "70", date(2026, 6, 14))
    await price(company, "60", date(2026, 6, 6))
    assert await priced(company) == [Decimal("45.50"), None, Decimal(60), Decimal(70), Decimal(60)]
    await price(company, "99", date(2026, 6, 1))
    assert await priced(company) == [Decimal("45.50"), None, Decimal(60), Decimal(70), Decimal(60)]
    assert await check_rollups(company.database, PARIS) == []


async def test_the_rate_s_day_is_in_the_time_zone_of_the_company(company: Company) -> None:
    number = await company.ticket(service="Réseau")
    await price(company, None, date(2026, 6, 5))
    await price(company, "50", date(2026, 6, 10))
    await work(company, number, 9, hour=21)  # 23:00 in Paris
    await work(company, number, 9, hour=22)  # the 10th already
    assert await priced(company) == [None, Decimal(50)]


async def test_sql_and_python_compute_the_same_price(company: Company) -> None:
    rates = [Decimal("0.10"), Decimal("0.30"), Decimal("45.55"), Decimal("99.99"), Decimal(0)]
    async with as_superuser(company.database).reading() as session:
        for rate in rates:
            for minutes in (1, 3, 5, 15, 30, 45, 90, 1440):
                statement = select(func.osit_labour(minutes, rate))
                assert await session.scalar(statement) == labour(minutes, rate), (rate, minutes)


async def test_a_concurrent_intervention_gets_the_new_rate(company: Company) -> None:
    number = await company.ticket(service="Réseau")
    await price(company, None, date(2026, 6, 1))
    for _ in range(5):
        logs = [work(company, number, 10) for _ in range(3)]
        rates: list[Any] = [price(company, "50", date(2026, 6, 10))]
        await asyncio.gather(*logs, *rates)
        assert None not in await priced(company)
        await price(company, None, date(2026, 6, 10))
    assert await check_rollups(company.database, PARIS) == []


async def test_a_day_without_a_rate_is_refused(company: Company) -> None:
    input_ = ServiceInput(name="Réseau", hourly_rate_from=date(2026, 1, 1))
    key = company.keys["Réseau"]
    assert await refusal(company, update_entry, company.viewers["admin"], key, input_, zone=PARIS) == {
        ("input.hourlyRate", "REQUIRED")
    }


async def test_rates_are_visible_to_permitted_viewers(api: Api, company: Company) -> None:
    change = {"hourlyRate": "50.00", "hourlyRateFrom": "2026-02-01"}
    payload = await api.act(company.tokens["admin"], UPDATE, id=company.ids["Réseau"], input=change)
    expected_rates = [
        {"from": "2026-02-01", "hourlyRate": {"amount": "50.00"}},
        {"from": "2020-01-01", "hourlyRate": {"amount": "45.50"}},
    ]
    assert payload["service"] == {"hourlyRate": {"amount": "50.00"}, "rates": expected_rates}
    document = "query ($id: ID!) { node(id: $id) { ... on Service { rates { from hourlyRate { amount } } } } }"
    seen = {who: await api.read(token, document, id=company.ids["Réseau"]) for who, token in company.tokens.items()}
    knowing = {who for who, data in seen.items() if data["node"]["rates"] == expected_rates}
    assert knowing == {"manager", "admin", "network", "twofold", "everyman"}
    assert all(data["node"]["rates"] is None for who, data in seen.items() if who not in knowing)
    assert (await api.read(company.tokens["admin"], document, id=company.ids["Postes"]))["node"]["rates"] == []


async def test_reports_show_unpriced_work(api: Api, company: Company) -> None:
    desk = Desk(company, api)
    number = await company.ticket(service="Réseau")
    await price(company, None, date(2026, 1, 1))
    await desk.does("network", Action.LOG_INTERVENTION, number, expenses="3.00")
    document = """{ maintenanceCosts(period: {from: "2026-01-01", to: "2026-12-31"}) {
      total { minutes unpricedMinutes labour { amount } expenses { amount } total { amount } } } }"""
    assert (await desk.reads("manager", document))["maintenanceCosts"]["total"] == {
        "minutes": 30,
        "unpricedMinutes": 30,
        "labour": {"amount": "0.00"},
        "expenses": {"amount": "3.00"},
        "total": {"amount": "3.00"},
    }
