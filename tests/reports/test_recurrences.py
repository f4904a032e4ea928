"""Recurrences, case by case; limits of months and spans."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest

from osit_graphql.domain.date_range import Period
from osit_graphql.services.reports import time_buckets
from osit_graphql.services.reports.costs import maintenance_costs
from osit_graphql.services.reports.recurrences import recurrences
from osit_graphql.services.reports.request import Dimension, ReportRequest
from tests.company import Company
from tests.reports.scenes import FIRST_DAY, Line, Scene, insert_scene
from tests.superuser import acting_as, as_superuser, rolled_back

TICKETS = [(0, 0, False), (0, 0, True), (1, 1, False), (0, 1, False)]
GROUPINGS = [
    (Dimension.APPLICATION, Dimension.CAUSE),  # from the cells
    (Dimension.APPLICATION, Dimension.SERVICE, Dimension.CAUSE),  # from the lines
]


def line(ticket: int, day: int, *, cause: int = 0, voided: bool = False) -> Line:
    return Line(ticket, 1, cause, day, 60, Decimal(40), Decimal(1), voided)


def days(first: int, last: int) -> Period:
    return Period(FIRST_DAY + timedelta(days=first), FIRST_DAY + timedelta(days=last))


async def counts(
    company: Company, scene: Scene, period: Period, group_by: tuple[Dimension, ...], who: str = "manager"
) -> list[tuple[int, int, int, float | None, Decimal]]:
    """Return occurrences, previous ones, reopened ones, mean days and total of each group."""
    async with rolled_back(as_superuser(company.database)) as session:
        await insert_scene(session, company, scene)
        async with acting_as(session, company.viewers[who], reports=True):
            report = await recurrences(session, company.viewers[who], ReportRequest(period, group_by))
    return [
        (
            recurrence.occurrences,
            recurrence.previous,
            recurrence.reopened,
            recurrence.mean_days_between,
            recurrence.figures.total,
        )
        for recurrence in report
    ]


@pytest.mark.parametrize("group_by", GROUPINGS)
@pytest.mark.parametrize("merged", [0, 2, 4])
async def test_a_ticket_counts_once_on_its_first_day(
    company: Company, group_by: tuple[Dimension, ...], merged: int
) -> None:
    lines = [line(0, 0), line(0, 20), line(1, 20), line(3, 21), line(3, 22), line(2, 21)]
    scene = Scene(TICKETS, lines, [], merged)
    one_day = pytest.approx(1, abs=0.01)
    # Ticket 1 is much older: it has costs, but is not counted; tickets 2 (reopened) and 4 do; ticket 3 is of another.
    assert await counts(company, scene, days(19, 22), group_by) == [
        (2, 0, 1, one_day, Decimal(41 * 4)), (1, 0, 0, None, Decimal(41)),
    ]  # fmt: skip
    # Over the days before, as many of them, there was nothing; over those further back, ticket 1.
    assert await counts(company, scene, days(0, 10), group_by) == [(1, 0, 0, None, Decimal(41))]
    assert (await counts(company, scene, days(11, 22), group_by))[0][:2] == (2, 1)


@pytest.mark.parametrize("group_by", GROUPINGS)
async def test_a_voided_intervention_moves_the_day_to_the_next(
    company: Company, group_by: tuple[Dimension, ...]
) -> None:
    scene = Scene(TICKETS, [line(0, 3, voided=True), line(0, 9), line(0, 6)], [], 2)
    assert await counts(company, scene, days(0, 5), group_by) == []
    assert (await counts(company, scene, days(6, 6), group_by))[0][0] == 1
    assert await counts(company, scene, days(9, 9), group_by) == []


@pytest.mark.parametrize("group_by", GROUPINGS)
async def test_a_requalified_ticket_moves_its_figures(company: Company, group_by: tuple[Dimension, ...]) -> None:
    scene = Scene(TICKETS, [line(0, 3), line(3, 3)], [(0, 2, True)], 1)
    assert await counts(company, scene, days(0, 5), group_by) == [
        (1, 0, 0, None, Decimal(41)), (1, 0, 1, None, Decimal(41)),
    ]  # fmt: skip


async def test_a_technician_sees_only_the_work_of_their_service(company: Company) -> None:
    scene = Scene(TICKETS, [line(0, 3)], [], 0)
    assert await counts(company, scene, days(0, 5), GROUPINGS[0], "developer") == []
    assert len(await counts(company, scene, days(0, 5), GROUPINGS[0], "network")) == 1


async def test_months_end_where_the_period_does(company: Company) -> None:
    scene = Scene(TICKETS, [line(0, day) for day in (0, 5, 11, 12, 20, 90)], [], 6)  # all but the last in the cells
    request = ReportRequest(days(5, 12), (Dimension.MONTH,))
    async with rolled_back(as_superuser(company.database)) as session:
        await insert_scene(session, company, scene)
        async with acting_as(session, company.viewers["manager"], reports=True):
            report = await maintenance_costs(session, company.viewers["manager"], request)
    assert [(month, figures.interventions) for (month,), figures in report.rows] == [
        (date(2026, 1, 1), 2), (date(2026, 2, 1), 1),
    ]  # fmt: skip


@pytest.mark.parametrize("length", [1, 3, 7, 90, 365, 1000])
@pytest.mark.parametrize("start", [date(1900, 1, 1), date(2026, 8, 26), date(2023, 12, 31)])
def test_spans_make_up_the_period(start: date, length: int) -> None:
    end = start + timedelta(days=length - 1)
    for parts, stretch in (
        (time_buckets.cover(start, end), time_buckets.cost_bucket),
        (time_buckets.cover_by_month(start, end), time_buckets.cost_bucket),
        (time_buckets.cover_flow(start, end), time_buckets.flow_bucket),
    ):
        counted: Counter[int] = Counter()
        for part in parts:
            span = stretch(part[0])
            counted.update(dict.fromkeys(range(span.first, span.last + 1), part[-1]))
        assert {day for day, times in counted.items() if times} == {
            (start - time_buckets.EPOCH).days + n for n in range(length)
        }
        assert set(counted.values()) <= {0, 1}
    assert len(time_buckets.cover(start, end)) <= 12 + length // 256
    assert len(time_buckets.cover_flow(start, end)) <= 18 + length // 28
