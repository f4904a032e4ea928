"""Hourly rates of services, each from a day on. A new rate prices work without a price, and changes no other."""

from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, Date, Numeric, func, select
from sqlalchemy.dialects.postgresql import insert

from osit_graphql.db import statements
from osit_graphql.db.engine import Session
from osit_graphql.db.models import Service, ServiceRate
from osit_graphql.db.statements import Statement, column_params, param, param_values
from osit_graphql.services.validation import CENT

MINUTES_PER_HOUR = 60


def labour(minutes: int, hourly_rate: Decimal | None) -> Decimal | None:
    """Return minutes × rate ÷ 60, half-even to the cent; None without a rate."""
    return None if hourly_rate is None else (minutes * hourly_rate / MINUTES_PER_HOUR).quantize(CENT, ROUND_HALF_EVEN)


async def lock_rates(session: Session, service_id: int) -> None:
    """Lock a service's rates until the transaction ends, so that no intervention misses a backdated rate.

    Call it before locking a ticket: `set_rate` locks the service first, then tickets.
    """

    def build() -> Statement:
        return select(Service.id).where(Service.id == param("id")).with_for_update(read=True)

    await statements.fetch(session, "lock rates", build, {"id": service_id})


async def rate_on(session: Session, service_id: int, started_at: datetime, zone: ZoneInfo) -> Decimal | None:
    """Return the rate of the day on which the work started, in the company's time zone."""
    return await _rate_in_force(session, service_id, started_at.astimezone(zone).date())


async def set_rate(session: Session, service_id: int, rate: Decimal | None, day: date) -> None:
    """Set the rate from this day on; a rate of the same day is replaced, an unchanged rate writes nothing.

    Interventions without a price get one, from this day to the next rate's. The caller has locked the service's row.
    """
    if await _rate_in_force(session, service_id, day) == rate:
        return
    row = {"service_id": service_id, "effective_from": day, "hourly_rate": rate}

    def upserting() -> Statement:
        inserted = insert(ServiceRate).values(column_params(row))
        hourly_rate = inserted.excluded.hourly_rate
        return inserted.on_conflict_do_update(constraint="service_rate_pkey", set_={"hourly_rate": hourly_rate})

    await statements.fetch(session, "set rate", upserting, param_values(row))
    if rate is not None:
        await _price(session, service_id, rate, day)


async def _price(session: Session, service_id: int, rate: Decimal, day: date) -> None:

    def pricing() -> Statement:
        service_id_, day_ = param("service_id", BigInteger), param("day", Date)
        following = select(func.min(ServiceRate.effective_from))
        last = following.where(ServiceRate.service_id == service_id_, ServiceRate.effective_from > day_)
        priced = func.osit_price_work(service_id_, param("rate", Numeric), day_, last.scalar_subquery())
        return select(priced.label("priced"))

    await statements.fetch(session, "price work", pricing, {"service_id": service_id, "rate": rate, "day": day})


async def _rate_in_force(session: Session, service_id: int, day: date) -> Decimal | None:
    def build() -> Statement:
        in_force = ServiceRate.service_id == param("service_id"), ServiceRate.effective_from <= param("day")
        latest = ServiceRate.effective_from.desc()
        return select(ServiceRate.hourly_rate).where(*in_force).order_by(latest).limit(1)

    rows = await statements.fetch(session, "rate in force", build, {"service_id": service_id, "day": day})
    rate: Decimal | None = rows[0].hourly_rate if rows else None
    return rate
