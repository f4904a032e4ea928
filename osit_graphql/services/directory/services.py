"""Creates and updates services, with their hourly rate."""

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
from osit_graphql.services.directory.record_editor import (
    Active,
    DirectoryInput,
    FieldSpec,
    Name,
    Phone,
    RecordEditor,
    edit_named,
    read_amount,
    read_optional,
    read_optional_email,
)
from osit_graphql.services.validation import ABSENT, AbsentType, at


@dataclass(frozen=True)
class ServiceInput(DirectoryInput):
    """Fields of a service; `phone` and `email` are its contact."""

    name: Name = ABSENT
    phone: Phone = ABSENT
    email: Annotated[str | AbsentType | None, FieldSpec(read_optional_email, "email")] = ABSENT
    hourly_rate: Annotated[Decimal | AbsentType | None, FieldSpec(read_amount, "hourlyRate")] = ABSENT
    hourly_rate_from: Annotated[date | AbsentType | None, FieldSpec(read_optional, "hourlyRateFrom")] = ABSENT
    active: Active = ABSENT


async def create_service(session: Session, viewer: Viewer, fields: ServiceInput, *, zone: ZoneInfo) -> int:
    """Create a service; without `hourly_rate_from`, its rate applies from today in the company's time zone."""
    return await _write(await edit_named(session, viewer, Service, fields), zone)


async def update_service(
    session: Session, viewer: Viewer, service_id: int, fields: ServiceInput, *, zone: ZoneInfo
) -> int:
    """Update a service. A new rate applies from `hourly_rate_from` or today on; null ends the current one.

    Work with a price keeps it; work without a price from that day on gets one. An inactive service gets no new tickets
    and technicians; its current ones stay.
    """
    return await _write(await edit_named(session, viewer, Service, fields, service_id), zone)


async def _write(editor: RecordEditor, zone: ZoneInfo) -> int:
    sets_rate = "hourly_rate" in editor.changes
    rate = editor.changes.pop("hourly_rate", None)
    day = editor.changes.pop("hourly_rate_from", None)
    if day is not None and not sets_rate:
        editor.validator.add(Required(at("hourlyRate")))
    service_id = await editor.write()
    if sets_rate:
        await set_rate(editor.session, service_id, rate, day or clock.now().astimezone(zone).date())
    return service_id
