"""Services: contacts and hourly rates from a date on; default services of applications."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from osit_graphql.db.models import Application, Service, ServiceRate
from osit_graphql.domain import clock
from osit_graphql.services.directory.catalog import ApplicationInput, ServiceInput, create_entry, update_entry
from tests.company import Company
from tests.directory.directory_calls import call, refusal, row_of
from tests.superuser import as_superuser

PARIS = ZoneInfo("Europe/Paris")
LATE = datetime(2026, 6, 1, 22, 30, tzinfo=UTC)  # already the 2nd in Paris
NEXT = datetime(2026, 6, 2, 22, 30, tzinfo=UTC)
Rates = list[tuple[date, Decimal | None]]


async def rates(company: Company, service_id: int) -> Rates:
    columns = ServiceRate.effective_from, ServiceRate.hourly_rate
    statement = select(*columns).where(ServiceRate.service_id == service_id).order_by(columns[0])
    async with as_superuser(company.database).reading() as session:
        return [(day, rate) for day, rate in await session.execute(statement)]


async def set_rate(company: Company, moment: datetime, rate: Decimal | None) -> Rates:
    key = company.keys["Postes"]
    with clock.at(moment):
        await call(company, update_entry, company.viewers["admin"], key, ServiceInput(hourly_rate=rate), zone=PARIS)
    return await rates(company, key)


async def test_a_service_is_added_with_contacts_and_a_rate(company: Company) -> None:
    input_ = ServiceInput(name="Workstations", phone=" 01 02 ", email="Help@Example.com", hourly_rate=Decimal("45.5"))
    with clock.at(LATE):
        key = await call(company, create_entry, company.viewers["admin"], input_, zone=PARIS)
    row = await row_of(company, Service, key)
    assert (row["phone"], row["email"]) == ("01 02", "help@example.com")
    assert await rates(company, key) == [(date(2026, 6, 2), Decimal("45.50"))]


async def test_a_service_without_a_rate_has_no_row(company: Company) -> None:
    for rate in (ServiceInput(name="One"), ServiceInput(name="Two", hourly_rate=None)):
        key = await call(company, create_entry, company.viewers["admin"], rate, zone=PARIS)
        assert await rates(company, key) == []


async def test_a_rate_applies_from_today_and_replaces_only_the_rate_of_the_day(company: Company) -> None:
    first, second = date(2026, 6, 2), date(2026, 6, 3)
    assert await set_rate(company, LATE, Decimal(40)) == [(first, Decimal(40))]
    assert await set_rate(company, LATE, Decimal(41)) == [(first, Decimal(41))]
    assert await set_rate(company, NEXT, Decimal(41)) == [(first, Decimal(41))]
    assert await set_rate(company, NEXT, Decimal(0)) == [(first, Decimal(41)), (second, Decimal(0))]
    assert await set_rate(company, NEXT, None) == [(first, Decimal(41)), (second, None)]


async def test_an_absent_rate_stays(company: Company) -> None:
    await set_rate(company, LATE, Decimal(40))
    key = company.keys["Postes"]
    await call(company, update_entry, company.viewers["admin"], key, ServiceInput(phone="1"), zone=PARIS)
    assert await rates(company, key) == [(date(2026, 6, 2), Decimal(40))]


async def test_null_clears_the_contacts(company: Company) -> None:
    key = company.keys["Postes"]
    await call(
        company, update_entry, company.viewers["admin"], key, ServiceInput(phone="1", email="a@b.fr"), zone=PARIS
    )
    await call(company, update_entry, company.viewers["admin"], key, ServiceInput(phone=None, email=""), zone=PARIS)
    row = await row_of(company, Service, key)
    assert (row["phone"], row["email"]) == (None, None)


@pytest.mark.parametrize("rate", ["-1", "1.001", "1e10", "NaN", "Infinity", "-0.01"])
async def test_a_bad_rate_is_refused(company: Company, rate: str) -> None:
    input_ = ServiceInput(name="New", hourly_rate=Decimal(rate))
    bad = {("input.hourlyRate", "INVALID")}
    assert await refusal(company, create_entry, company.viewers["admin"], input_, zone=PARIS) == bad
    assert (
        await refusal(company, update_entry, company.viewers["admin"], company.keys["Postes"], input_, zone=PARIS)
        == bad
    )


async def test_all_errors_of_a_service_are_reported_together(company: Company) -> None:
    input_ = ServiceInput(name="", phone="1" * 51, email="nobody", hourly_rate=Decimal(-1))
    assert await refusal(company, create_entry, company.viewers["admin"], input_, zone=PARIS) == {
        ("input.name", "REQUIRED"),
        ("input.phone", "TOO_LONG"),
        ("input.email", "INVALID"),
        ("input.hourlyRate", "INVALID"),
    }


@pytest.mark.parametrize(("service", "code"), [("Closed service", "INACTIVE"), ("Nowhere", "NOT_FOUND")])
async def test_an_application_needs_an_active_default_service(company: Company, service: str, code: str) -> None:
    input_ = ApplicationInput(name="New", default_service_id=company.keys.get(service, 2**62))
    bad = {("input.defaultServiceId", code)}
    assert await refusal(company, create_entry, company.viewers["admin"], input_, zone=PARIS) == bad
    assert (
        await refusal(company, update_entry, company.viewers["admin"], company.keys["Portail"], input_, zone=PARIS)
        == bad
    )


async def test_an_application_keeps_an_inactive_service_until_null_clears_it(company: Company) -> None:
    key, service_id = company.keys["Portail"], company.keys["Postes"]
    both = ApplicationInput(name="Portail", default_service_id=service_id)
    await call(company, update_entry, company.viewers["admin"], key, both, zone=PARIS)
    await call(company, update_entry, company.viewers["admin"], service_id, ServiceInput(active=False), zone=PARIS)
    await call(company, update_entry, company.viewers["admin"], key, both, zone=PARIS)
    assert (await row_of(company, Application, key))["default_service_id"] == service_id
    await call(
        company, update_entry, company.viewers["admin"], key, ApplicationInput(default_service_id=None), zone=PARIS
    )
    assert (await row_of(company, Application, key))["default_service_id"] is None
