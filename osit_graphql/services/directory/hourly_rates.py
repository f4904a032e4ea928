"""What an hour of a service costs, from a day on; the past is never rewritten, only priced where it had no rate."""

from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from osit_graphql.db.engine import Session
from osit_graphql.db.models import Service, ServiceRate
from osit_graphql.services.validation import CENT

HOUR = 60  # minutes


def labour(minutes: int, hourly_rate: Decimal | None) -> Decimal | None:
    """Return minutes × rate ÷ 60, half-even to the cent; None without a rate."""
    return None if hourly_rate is None else (minutes * hourly_rate / HOUR).quantize(CENT, ROUND_HALF_EVEN)


async def hold_rates(session: Session, service_id: int) -> None:
    """Keep a service's rates as they are until this transaction ends, so that no line misses one dated back.

    Taken before any ticket is locked: whoever sets a rate holds the service first, then the tickets.
    """
    await session.execute(select(Service.id).where(Service.id == service_id).with_for_update(read=True))


async def rate_on(session: Session, service_id: int, started_at: datetime, zone: ZoneInfo) -> Decimal | None:
    """Return what an hour of the service cost on the day the work started, in the company's time zone."""
    found: Decimal | None = await session.scalar(_in_force(service_id, started_at.astimezone(zone).date()))
    return found


async def set_rate(session: Session, service_id: int, rate: Decimal | None, day: date) -> None:
    """Make it the rate from this day on, in place of one of the same day; what it is already writes nothing.

    Lines from this day to the next rate's that had none are priced. The caller holds the service's row.
    """
    if await session.scalar(_in_force(service_id, day)) == rate:
        return
    row = insert(ServiceRate).values(service_id=service_id, effective_from=day, hourly_rate=rate)
    replaced = row.on_conflict_do_update(constraint="service_rate_pkey", set_={"hourly_rate": rate})
    await session.execute(replaced)
    if rate is not None:
        await _price(session, service_id, rate, day)


async def _price(session: Session, service_id: int, rate: Decimal, day: date) -> None:
    following = select(func.min(ServiceRate.effective_from))
    following = following.where(ServiceRate.service_id == service_id, ServiceRate.effective_from > day)
    last = await session.scalar(following)
    await session.execute(select(func.osit_price_work(service_id, rate, day, last)))


def _in_force(service_id: int, day: date) -> Any:
    return (
        select(ServiceRate.hourly_rate)
        .where(ServiceRate.service_id == service_id, ServiceRate.effective_from <= day)
        .order_by(ServiceRate.effective_from.desc())
        .limit(1)
    )
