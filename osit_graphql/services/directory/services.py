"""Services, and what an hour of their work costs from a day on."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated
from zoneinfo import ZoneInfo

from osit_graphql.db.engine import Session
from osit_graphql.db.models import Service
from osit_graphql.domain import clock
from osit_graphql.domain.user_errors import Required
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.directory.hourly_rates import set_rate
from osit_graphql.services.directory.record_editor import Entry, open_named
from osit_graphql.services.directory.sheets import (
    Active,
    Box,
    Name,
    Phone,
    Sheet,
    read_amount,
    read_contact,
    read_optional,
)
from osit_graphql.services.validation import ABSENT, AbsentType, at


@dataclass(frozen=True)
class ServiceSheet(Sheet):
    """What is said of a service; `phone` and `email` are whom to call."""

    name: Name = ABSENT
    phone: Phone = ABSENT
    email: Annotated[str | AbsentType | None, Box(read_contact, "email")] = ABSENT
    hourly_rate: Annotated[Decimal | AbsentType | None, Box(read_amount, "hourlyRate")] = ABSENT
    hourly_rate_from: Annotated[date | AbsentType | None, Box(read_optional, "hourlyRateFrom")] = ABSENT
    active: Active = ABSENT


async def create_service(session: Session, viewer: Viewer, sheet: ServiceSheet, *, zone: ZoneInfo) -> int:
    """Add a service; its rate holds from the day that is given, today in the company's time zone when none is."""
    return await _write(await open_named(session, viewer, Service, sheet), zone)


async def update_service(
    session: Session, viewer: Viewer, service_id: int, sheet: ServiceSheet, *, zone: ZoneInfo
) -> int:
    """Change a service: a new rate holds from the day that is given, or today; null ends the one before.

    What had a rate keeps it; what had none, from that day on, is priced. Deactivated, a service takes no new tickets
    and no new technicians; those it has stay its own and go on being worked.
    """
    return await _write(await open_named(session, viewer, Service, sheet, service_id), zone)


async def _write(entry: Entry, zone: ZoneInfo) -> int:
    said = "hourly_rate" in entry.said
    rate = entry.said.pop("hourly_rate", None)
    day = entry.said.pop("hourly_rate_from", None)
    if day is not None and not said:
        entry.form.add(Required(at("hourlyRate")))
    service_id = await entry.write()
    if said:
        await set_rate(entry.session, service_id, rate, day or clock.now().astimezone(zone).date())
    return service_id
