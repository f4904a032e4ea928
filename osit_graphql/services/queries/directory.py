"""Sites, services, applications and causes, for every signed-in viewer; hourly rates, for those who may read them."""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Select, any_, select
from sqlalchemy.dialects.postgresql import distinct_on

from osit_graphql.db import statements, visibility
from osit_graphql.db.engine import Session
from osit_graphql.db.models import Application, Cause, Service, ServiceRate, Site
from osit_graphql.db.statements import Row, Statement, param
from osit_graphql.domain.viewer import Viewer

CatalogModel = type[Site | Service | Application | Cause]
COLUMNS: dict[CatalogModel, tuple[Any, ...]] = {
    Site: (Site.id, Site.name, Site.active, Site.city),
    Service: (Service.id, Service.name, Service.active, Service.phone, Service.email),
    Application: (Application.id, Application.name, Application.active, Application.default_service_id),
    Cause: (Cause.id, Cause.name, Cause.active),
}


async def list_all(session: Session, model: CatalogModel, *, active: bool | None) -> list[Row]:
    """Return all rows of a model, by name; only the active or the inactive ones unless `active` is None."""

    def build() -> Select[Any]:
        statement = select(*COLUMNS[model]).order_by(model.name_key, model.id)
        return statement if active is None else statement.where(model.active == param("active"))

    return await statements.fetch(session, ("catalog", model, active is None), build, {"active": active})


async def by_ids(session: Session, model: CatalogModel, ids: Collection[int]) -> dict[int, Row]:
    """Return the rows with these ids, by id."""

    def build() -> Select[Any]:
        return select(*COLUMNS[model]).where(model.id == any_(param("ids", ARRAY(BigInteger))))

    rows = await statements.fetch(session, ("catalog by id", model), build, {"ids": list(ids)})
    return {row.id: row for row in rows}


async def rates_on(session: Session, viewer: Viewer, service_ids: Collection[int], day: date) -> dict[int, Any]:
    """Return the hourly rates of a day, by service, where the viewer reads them."""

    def build(viewer: Viewer) -> Statement:
        return (
            select(ServiceRate.service_id, ServiceRate.hourly_rate)
            .join(Service, Service.id == ServiceRate.service_id)
            .where(_among_services(), ServiceRate.effective_from <= param("day"), visibility.reads_rate(viewer))
            .ext(distinct_on(ServiceRate.service_id))
            .order_by(ServiceRate.service_id, ServiceRate.effective_from.desc())
        )

    values = {"services": list(service_ids), "day": day}
    rows = await statements.fetch_as(session, viewer, "rates on a day", build, values)
    return {row.service_id: row.hourly_rate for row in rows}


async def rate_history(session: Session, viewer: Viewer, service_ids: Collection[int]) -> dict[int, list[Any]]:
    """Return every rate, the latest first, of the services whose rates the viewer reads."""

    def build(viewer: Viewer) -> Statement:
        return (
            select(Service.id, ServiceRate.effective_from, ServiceRate.hourly_rate)
            .outerjoin(ServiceRate, Service.id == ServiceRate.service_id)
            .where(_among_services(), visibility.reads_rate(viewer))
            .order_by(ServiceRate.effective_from.desc())
        )

    by_service: dict[int, list[Any]] = {}
    for row in await statements.fetch_as(session, viewer, "rate history", build, {"services": list(service_ids)}):
        rates = by_service.setdefault(row.id, [])
        if row.effective_from is not None:
            rates.append(row)
    return by_service


def _among_services() -> ColumnElement[bool]:
    among: ColumnElement[bool] = Service.id == any_(param("services", ARRAY(BigInteger)))
    return among
