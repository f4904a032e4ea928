"""Services, and what an hour of their work costs from a day on."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from osit_graphql.database import Session
from osit_graphql.models import Service, ServiceRate
from osit_graphql.services import clock
from osit_graphql.services.directory.entries import Entry, open_named
from osit_graphql.services.directory.sheets import Active, Box, Name, Phone, Sheet, read_amount, read_contact
from osit_graphql.services.forms import ABSENT, AbsentType
from osit_graphql.viewer import Viewer


@dataclass(frozen=True)
class ServiceSheet(Sheet):
    """What is said of a service; `phone` and `email` are whom to call."""

    name: Name = ABSENT
    phone: Phone = ABSENT
    email: Annotated[str | AbsentType | None, Box(read_contact, "email")] = ABSENT
    hourly_rate: Annotated[Decimal | AbsentType | None, Box(read_amount, "hourlyRate")] = ABSENT
    active: Active = ABSENT


async def create_service(session: Session, viewer: Viewer, sheet: ServiceSheet, *, zone: ZoneInfo) -> int:
    """Add a service, its rate from today on in the company's time zone."""
    return await _write(await open_named(session, viewer, Service, sheet), zone)


async def update_service(
    session: Session, viewer: Viewer, service_id: int, sheet: ServiceSheet, *, zone: ZoneInfo
) -> int:
    """Change a service: a new rate holds from today on, null ends it; what was worked before keeps its own.

    Deactivated, it takes no new tickets and no new technicians; those it has stay its own and go on being worked.
    """
    return await _write(await open_named(session, viewer, Service, sheet, service_id), zone)


async def _write(entry: Entry, zone: ZoneInfo) -> int:
    said = "hourly_rate" in entry.said
    rate = entry.said.pop("hourly_rate", None)
    service_id = await entry.write()
    if said:
        await _set_rate(entry.session, service_id, rate, clock.now().astimezone(zone).date())
    return service_id


async def _set_rate(session: Session, service_id: int, rate: Decimal | None, day: date) -> None:
    """Make it the rate from this day on, in place of one of the same day; what it is already writes nothing."""
    in_force = (
        select(ServiceRate.hourly_rate)
        .where(ServiceRate.service_id == service_id, ServiceRate.effective_from <= day)
        .order_by(ServiceRate.effective_from.desc())
    )
    if await session.scalar(in_force.limit(1)) == rate:
        return
    row = insert(ServiceRate).values(service_id=service_id, effective_from=day, hourly_rate=rate)
    replaced = row.on_conflict_do_update(constraint="service_rate_pkey", set_={"hourly_rate": rate})
    await session.execute(replaced)
