"""Reports match an oracle: totals are exact sums of interventions, and recurrences count each ticket once."""

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
from tests.reports.scenes import Scene, filters, insert_scene, periods, request, scenes
from tests.superuser import acting_as, as_superuser, rolled_back

DAY = date(2026, 1, 1)
ALL_DIMENSIONS = list(Dimension)
GROUPINGS = [
    set(report)
    for report in chain.from_iterable(combinations(ALL_DIMENSIONS, size) for size in range(len(ALL_DIMENSIONS) + 1))
]
GROUPINGS_WITHOUT_MONTH = [grouping for grouping in GROUPINGS if Dimension.MONTH not in grouping]
# Half of the requests have a grouping that the rollup can answer.
ROLLUP_GROUPINGS = [
    {Dimension.APPLICATION},
    {Dimension.APPLICATION, Dimension.MONTH},
    {Dimension.MONTH},
    set[Dimension](),
]
RECURRENCE_GROUPINGS = [{Dimension.APPLICATION, Dimension.CAUSE}]
slow = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
VIEWER_NAMES = st.sampled_from(["manager", "manager", "network", "developer"])


Questions = list[tuple[Period, set[Dimension], dict[str, set[int]], str]]


def draw_questions(frequent: list[set[Dimension]], rare: list[set[Dimension]]) -> st.SearchStrategy[Questions]:
    """Draw requests: period, grouping, filter and viewer."""
    groupings = st.sampled_from(frequent) | st.sampled_from(rare)
    return st.lists(st.tuples(periods, groupings, filters, VIEWER_NAMES), min_size=5, max_size=5)


@slow
@given(scenes, draw_questions(ROLLUP_GROUPINGS, GROUPINGS))
async def test_costs_are_the_sums_of_lines(company: Company, scene: Scene, drawn: Questions) -> None:
    questions = [
        (request(company, period, group_by, narrowed), company.viewers[who])
        for period, group_by, narrowed, who in drawn
    ]
    async with rolled_back(as_superuser(company.database)) as session:
        await insert_scene(session, company, scene)
        lines = await oracle.read_lines(session)
        reports = []
        for question, viewer in questions:
            async with acting_as(session, viewer, reports=True):
                reports.append(await maintenance_costs(session, viewer, question, with_tickets=True))
    for (question, viewer), report in zip(questions, reports, strict=True):
        assert dict(report.rows) == oracle.costs(lines, question, viewer.service_id)
        together = oracle.costs(lines, ReportRequest(question.period, (), question.filter), viewer.service_id)
        assert report.total == together.get((), Figures(tickets=0))
        monthly = Dimension.MONTH in question.group_by
        order = [(group[-1] if monthly else None, -figures.total) for group, figures in report.rows]
        assert order == sorted(order)


def facts(question: Recurrence) -> tuple[object, ...]:
    return question.occurrences, question.first_at, question.last_at, question.previous, question.reopened


@slow
@given(scenes, draw_questions(RECURRENCE_GROUPINGS, GROUPINGS_WITHOUT_MONTH), st.integers(1, 3))
async def test_recurrences_count_each_ticket_once(company: Company, scene: Scene, drawn: Questions, least: int) -> None:
    questions = [
        (request(company, period, group_by, narrowed), company.viewers[who])
        for period, group_by, narrowed, who in drawn
    ]
    async with rolled_back(as_superuser(company.database)) as session:
        await insert_scene(session, company, scene)
        lines = await oracle.read_lines(session)
        reports, narrowed_again = [], []
        for question, viewer in questions:
            async with acting_as(session, viewer, reports=True):
                report = await recurrences(session, viewer, question, min_occurrences=least, with_tickets=True)
                only = report[0].group if report else None
                narrowed_again.append(
                    await recurrences(session, viewer, question, only=only, with_tickets=True) if report else []
                )
                reports.append(report)
    assert narrowed_again == [report[:1] for report in reports]
    for (question, viewer), report in zip(questions, reports, strict=True):
        expected = oracle.recurrences(lines, question, viewer.service_id)
        assert {back.group: facts(back) for back in report} == {
            group: (len(back.tickets), back.first_at, back.last_at, back.previous, back.reopened)
            for group, back in expected.items()
            if len(back.tickets) >= least
        }
        sums = oracle.costs(lines, question, viewer.service_id)
        assert [back.figures for back in report] == [sums[back.group] for back in report]
        order = [(-back.occurrences, -back.figures.total, back.group) for back in report]
        assert order == sorted(order)


@pytest.mark.parametrize(("least", "first"), [(0, 20), (-1, 20), (1, -1), (1, 10_001)])
async def test_impossible_numbers_are_refused(company: Company, least: int, first: int) -> None:
    drawn = ReportRequest(Period(DAY, DAY), (Dimension.CAUSE,))
    async with company.database.reading(company.viewers["manager"], reports=True) as session:
        with pytest.raises(BadInput):
            await recurrences(session, company.viewers["manager"], drawn, min_occurrences=least, first=first)
