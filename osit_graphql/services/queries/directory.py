"""Sites, services, applications, causes: everyone signed in reads them; rates are another matter."""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Row, Select, any_, select
from sqlalchemy.dialects.postgresql import distinct_on

from osit_graphql.db import people_visibility, statements
from osit_graphql.db.engine import Session
from osit_graphql.db.models import Application, Cause, Service, ServiceRate, Site
from osit_graphql.db.statements import param
from osit_graphql.domain.viewer import Viewer

Thing = type[Site | Service | Application | Cause]
COLUMNS: dict[Thing, tuple[Any, ...]] = {
    Site: (Site.id, Site.name, Site.active, Site.city),
    Service: (Service.id, Service.name, Service.active, Service.phone, Service.email),
    Application: (Application.id, Application.name, Application.active, Application.default_service_id),
    Cause: (Cause.id, Cause.name, Cause.active),
}


def _statement(thing: Thing) -> Select[Any]:
    return select(*COLUMNS[thing])


async def listed(session: Session, thing: Thing, *, active: bool | None) -> list[Row[Any]]:
    """Return all of a kind, by name; only the active or the inactive ones when that is said."""
    statement = _statement(thing).order_by(thing.name_key, thing.id)
    if active is not None:
        statement = statement.where(thing.active == active)
    return list(await session.execute(statement))


async def by_ids(session: Session, thing: Thing, ids: Collection[int]) -> dict[int, Row[Any]]:
    """Return these of a kind, by id."""

    def build() -> Select[Any]:
        return _statement(thing).where(thing.id == any_(param("ids", ARRAY(BigInteger))))

    found = await statements.fetch(session, ("things", thing), build, {"ids": list(ids)})
    return {row.id: row for row in found}


async def rates_on(session: Session, viewer: Viewer, ids: Collection[int], day: date) -> dict[int, Any]:
    """Return what an hour of these services costs on a day, where the viewer reads it and there is a rate."""
    statement = (
        select(ServiceRate.service_id, ServiceRate.hourly_rate)
        .join(Service, Service.id == ServiceRate.service_id)
        .where(Service.id.in_(ids), ServiceRate.effective_from <= day, people_visibility.reads_rate(viewer))
        .ext(distinct_on(ServiceRate.service_id))
        .order_by(ServiceRate.service_id, ServiceRate.effective_from.desc())
    )
    return {row.service_id: row.hourly_rate for row in await session.execute(statement)}


async def rates_of(session: Session, viewer: Viewer, ids: Collection[int]) -> dict[int, list[Any]]:
    """Return every rate of those of these services whose rates the viewer reads, the latest first."""
    statement = (
        select(Service.id, ServiceRate.effective_from, ServiceRate.hourly_rate)
        .outerjoin(ServiceRate, Service.id == ServiceRate.service_id)
        .where(Service.id.in_(ids), people_visibility.reads_rate(viewer))
        .order_by(ServiceRate.effective_from.desc())
    )
    found: dict[int, list[Any]] = {}
    for row in await session.execute(statement):
        rates = found.setdefault(row.id, [])
        if row.effective_from is not None:
            rates.append(row)
    return found
