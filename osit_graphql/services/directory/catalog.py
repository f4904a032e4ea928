"""Creates and updates the entries with a unique name: sites, causes, applications, and services with their rates."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Annotated
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, func, select

from osit_graphql.db import statements
from osit_graphql.db.engine import Session
from osit_graphql.db.models import Application, Base, Cause, Service, Site, name_key
from osit_graphql.db.statements import Statement, param
from osit_graphql.domain import clock, permissions
from osit_graphql.domain.enums import Permission
from osit_graphql.domain.user_errors import Required, ServiceHasTickets
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.directory.hourly_rates import set_rate
from osit_graphql.services.directory.record_editor import (
    Active,
    DirectoryInput,
    FieldSpec,
    Name,
    Phone,
    RecordEditor,
    read_city,
    read_optional,
)
from osit_graphql.services.validation import ABSENT, AbsentType, InputValidator, at


@dataclass(frozen=True)
class SiteInput(DirectoryInput):
    """Fields of a site; an inactive one gets no new tickets."""

    name: Name = ABSENT
    city: Annotated[str | AbsentType | None, FieldSpec(read_city, "city")] = ABSENT
    active: Active = ABSENT


@dataclass(frozen=True)
class CauseInput(DirectoryInput):
    """Fields of a cause; an inactive one gets no new interventions."""

    name: Name = ABSENT
    active: Active = ABSENT


@dataclass(frozen=True)
class ApplicationInput(DirectoryInput):
    """Fields of an application; its tickets are usually assigned to the default service first."""

    name: Name = ABSENT
    default_service_id: Annotated[int | AbsentType | None, FieldSpec(read_optional, "defaultServiceId")] = ABSENT
    active: Active = ABSENT


@dataclass(frozen=True)
class ServiceInput(DirectoryInput):
    """Fields of a service; `phone` and `email` are its contact.

    A rate applies from `hourly_rate_from` or today on; null ends the current one. Priced work does not change; unpriced
    work from that day on gets a price. A service with tickets that are not closed cannot be deactivated. An inactive
    one gets no new tickets and technicians.
    """

    name: Name = ABSENT
    phone: Phone = ABSENT
    email: Annotated[str | AbsentType | None, FieldSpec(partial(InputValidator.email, required=False), "email")] = (
        ABSENT
    )
    hourly_rate: Annotated[Decimal | AbsentType | None, FieldSpec(InputValidator.money, "hourlyRate")] = ABSENT
    hourly_rate_from: Annotated[date | AbsentType | None, FieldSpec(read_optional, "hourlyRateFrom")] = ABSENT
    active: Active = ABSENT


MODELS: dict[type[DirectoryInput], type[Base]] = {
    SiteInput: Site,
    CauseInput: Cause,
    ApplicationInput: Application,
    ServiceInput: Service,
}


async def create_entry(session: Session, viewer: Viewer, fields: DirectoryInput, *, zone: ZoneInfo) -> int:
    """Create an entry of the type of these fields. `zone`: the company's, for the first day of a service's rate."""
    return await _write(session, viewer, None, fields, zone)


async def update_entry(session: Session, viewer: Viewer, key: int, fields: DirectoryInput, *, zone: ZoneInfo) -> int:
    """Update an entry of the type of these fields; an application's unchanged default service may be inactive."""
    return await _write(session, viewer, key, fields, zone)


async def _write(session: Session, viewer: Viewer, key: int | None, fields: DirectoryInput, zone: ZoneInfo) -> int:
    permissions.authorize(viewer.roles, Permission.MANAGE_DIRECTORY)
    editor = RecordEditor(session, MODELS[type(fields)], key)
    await editor.load(fields)
    name = editor.changes.get("name")
    await editor.check_unique("name_key", None if name is None else name_key(name), "name")
    match fields:
        case ApplicationInput():
            service = {"defaultServiceId": (Service, editor.changes.get("default_service_id"))}
            await editor.validator.references(session, service)
        case ServiceInput():
            return await _write_service(editor, zone)
    return await editor.write()


async def _write_service(editor: RecordEditor, zone: ZoneInfo) -> int:
    sets_rate = "hourly_rate" in editor.changes
    rate = editor.changes.pop("hourly_rate", None)
    day = editor.changes.pop("hourly_rate_from", None)
    if day is not None and not sets_rate:
        editor.validator.add(Required(at("hourlyRate")))
    if editor.changes.get("active") is False and not editor.is_missing:
        await _check_tickets(editor)
    service_id = await editor.write()
    if sets_rate:
        await set_rate(editor.session, service_id, rate, day or clock.now().astimezone(zone).date())
    return service_id


async def _check_tickets(editor: RecordEditor) -> None:
    """Refuse to deactivate a service with tickets that are not closed, also with those that are being created."""
    values = {"id": editor.key}
    await statements.fetch(editor.session, "lock service", _lock_service, values)
    [row] = await statements.fetch(editor.session, "tickets of a service", _count_tickets, values)
    if row.tickets:
        editor.validator.add(ServiceHasTickets(at("active"), row.tickets))


def _lock_service() -> Statement:
    """Lock the service against new references, which lock it too, until the transaction ends."""
    return select(Service.id).where(Service.id == param("id")).with_for_update()


def _count_tickets() -> Statement:
    """Count the tickets by a function, because administrators see no tickets."""
    return select(func.osit_unclosed_tickets(param("id", BigInteger)).label("tickets"))
