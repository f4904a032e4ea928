"""Totals are the sums of lines over any grouping, to the cent; recurrences count each ticket once: by an oracle."""

from datetime import date
from itertools import chain, combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from osit_graphql.domain.date_range import Period
from osit_graphql.domain.errors import BadInput
from osit_graphql.services.reports.costs import maintenance_costs
from osit_graphql.services.reports.recurrences import Recurrence, recurrences
from osit_graphql.services.reports.request import Dimension, Figures, ReportRequest
from tests.company import Company
from tests.reports import oracle
from tests.reports.scenes import Scene, filters, periods, request, scenes, stage
from tests.superuser import acting_as, as_superuser, rolled_back

DAY = date(2026, 1, 1)
ALL = list(Dimension)
GROUPINGS = [set(found) for found in chain.from_iterable(combinations(ALL, size) for size in range(len(ALL) + 1))]
SHARED = [grouping for grouping in GROUPINGS if Dimension.MONTH not in grouping]
# Half of what is asked is what the cells hold.
KEPT = [{Dimension.APPLICATION}, {Dimension.APPLICATION, Dimension.MONTH}, {Dimension.MONTH}, set[Dimension]()]
BACK = [{Dimension.APPLICATION, Dimension.CAUSE}]
slow = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
WHO = st.sampled_from(["manager", "manager", "network", "developer"])


Asked = list[tuple[Period, set[Dimension], dict[str, set[int]], str]]


def several(often: list[set[Dimension]], ever: list[set[Dimension]]) -> st.SearchStrategy[Asked]:
    """Draw questions: period, grouping, filter, and who asks."""
    groupings = st.sampled_from(often) | st.sampled_from(ever)
    return st.lists(st.tuples(periods, groupings, filters, WHO), min_size=5, max_size=5)


@slow
@given(scenes, several(KEPT, GROUPINGS))
async def test_costs_are_the_sums_of_lines(company: Company, scene: Scene, asked: Asked) -> None:
    questions = [
        (request(company, period, group_by, narrowed), company.viewers[who])
        for period, group_by, narrowed, who in asked
    ]
    async with rolled_back(as_superuser(company.database)) as session:
        await stage(session, company, scene)
        lines = await oracle.read_lines(session)
        reports = []
        for each, viewer in questions:
            async with acting_as(session, viewer, reports=True):
                reports.append(await maintenance_costs(session, viewer, each, with_tickets=True))
    for (each, viewer), found in zip(questions, reports, strict=True):
        assert dict(found.rows) == oracle.costs(lines, each, viewer.service_id)
        together = oracle.costs(lines, ReportRequest(each.period, (), each.filter), viewer.service_id)
        assert found.total == together.get((), Figures(tickets=0))
        monthly = Dimension.MONTH in each.group_by
        order = [(group[-1] if monthly else None, -figures.total) for group, figures in found.rows]
        assert order == sorted(order)


def facts(each: Recurrence) -> tuple[object, ...]:
    return each.occurrences, each.first_at, each.last_at, each.previous, each.reopened


@slow
@given(scenes, several(BACK, SHARED), st.integers(1, 3))
async def test_recurrences_count_each_ticket_once(company: Company, scene: Scene, asked: Asked, least: int) -> None:
    questions = [
        (request(company, period, group_by, narrowed), company.viewers[who])
        for period, group_by, narrowed, who in asked
    ]
    async with rolled_back(as_superuser(company.database)) as session:
        await stage(session, company, scene)
        lines = await oracle.read_lines(session)
        reports, again = [], []
        for each, viewer in questions:
            async with acting_as(session, viewer, reports=True):
                found = await recurrences(session, viewer, each, min_occurrences=least, with_tickets=True)
                only = found[0].group if found else None
                again.append(await recurrences(session, viewer, each, only=only, with_tickets=True) if found else [])
                reports.append(found)
    assert again == [found[:1] for found in reports]
    for (each, viewer), found in zip(questions, reports, strict=True):
        expected = oracle.recurrences(lines, each, viewer.service_id)
        assert {back.group: facts(back) for back in found} == {
            group: (len(back.tickets), back.first_at, back.last_at, back.previous, back.reopened)
            for group, back in expected.items()
            if len(back.tickets) >= least
        }
        sums = oracle.costs(lines, each, viewer.service_id)
        assert [back.figures for back in found] == [sums[back.group] for back in found]
        order = [(-back.occurrences, -back.figures.total, back.group) for back in found]
        assert order == sorted(order)


@pytest.mark.parametrize(("least", "first"), [(0, 20), (-1, 20), (1, -1), (1, 10_001)])
async def test_impossible_numbers_are_refused(company: Company, least: int, first: int) -> None:
    asked = ReportRequest(Period(DAY, DAY), (Dimension.CAUSE,))
    async with company.database.reading(company.viewers["manager"], reports=True) as session:
        with pytest.raises(BadInput):
            await recurrences(session, company.viewers["manager"], asked, min_occurrences=least, first=first)
