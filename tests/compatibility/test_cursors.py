"""Cursors outlive releases: they depend on literal names of filters, never on Python's names."""

import dataclasses
from datetime import UTC, date, datetime
from typing import Any

import pytest

from osit_graphql.domain.date_range import Period
from osit_graphql.domain.enums import DirectoryObject, Role
from osit_graphql.services.queries.directory_changes import ChangeFilter
from osit_graphql.services.queries.keyset_pagination import Paging
from osit_graphql.services.queries.people import PeopleFilter
from osit_graphql.services.queries.person_search import PersonSearch
from osit_graphql.services.queries.ticket_filter import DateTimeRange, TicketFilter
from osit_graphql.services.queries.ticket_ordering import Listing
from osit_graphql.services.reports.request import Dimension, ReportFilter, ReportRequest
from tests.client import Api
from tests.compatibility.records import RECORD, load

CURSORS = load("cursors.json")
MOMENT = datetime(2026, 1, 5, 8, tzinfo=UTC)
PERIOD = Period(date(2026, 1, 1), date(2026, 1, 31))
# A value for every field of everything that a cursor depends on.
FULL: tuple[Any, ...] = (
    DateTimeRange(MOMENT, MOMENT),
    TicketFilter(
        statuses=("OPEN",),
        severities=("MAJOR",),
        criticalities=("BLOCKING",),
        priorities=("URGENT",),
        application_ids=(1,),
        service_ids=(2,),
        site_ids=(3,),
        requester_ids=(4,),
        assignee_ids=(5,),
        cause_ids=(6,),
        unassigned=False,
        opened_at=DateTimeRange(start=MOMENT),
        updated_at=DateTimeRange(end=MOMENT),
        closed_at=DateTimeRange(),
        search="imprimante",
        any_of=(TicketFilter(),),
        negated=TicketFilter(),
    ),
    PersonSearch("martin 0612"),
    PeopleFilter(roles=(Role.ADMIN,), service_id=1, site_id=2, active=False, search=PersonSearch("martin")),
    PERIOD,
    ChangeFilter(changed=(DirectoryObject.USER, 1), actor_id=2, period=PERIOD),
    ReportFilter(application_ids=(1,), service_ids=(2,), site_ids=(3,), cause_ids=(4,)),
    ReportRequest(PERIOD, (Dimension.SERVICE,), ReportFilter(site_ids=(1,))),
)
OTHERWISE: dict[str, Any] = {"text": "", "period": Period(MOMENT.date(), MOMENT.date())}
OTHERWISE |= {"group_by": (), "filter": ReportFilter()}


def end_cursor(data: Any) -> str:
    """Return the end cursor of the page in a response."""
    while "pageInfo" not in data:
        data = next(iter(data.values())) if isinstance(data, dict) else data[0]
    return str(data["pageInfo"]["endCursor"])


def scope_hash(value: Any) -> str:
    """Return the scope hash of a value."""
    return Paging(value.scope, []).scope_hash


def in_a_later_release(value: Any) -> Any:
    """Return an equal object of a renamed class with one more field, absent here."""
    field = ("field_of_a_later_release", "int | None", dataclasses.field(default=None))
    later = dataclasses.make_dataclass("Renamed", [field], bases=(type(value),), frozen=True)
    return later(**{field.name: getattr(value, field.name) for field in dataclasses.fields(value)})


@pytest.mark.parametrize("filter_", [TicketFilter(), TicketFilter(statuses=("OPEN",), opened_at=DateTimeRange(MOMENT))])
def test_a_cursor_stays_valid_when_a_filter_gets_a_field(filter_: TicketFilter) -> None:
    before, after = (Listing(filter=each).paging().scope_hash for each in (filter_, in_a_later_release(filter_)))
    assert after == before


@pytest.mark.parametrize("value", FULL, ids=lambda value: type(value).__name__)
def test_a_new_field_and_a_new_name_change_no_cursor(value: Any) -> None:
    assert scope_hash(in_a_later_release(value)) == scope_hash(value)


@pytest.mark.parametrize("value", FULL, ids=lambda value: type(value).__name__)
def test_every_field_that_is_set_ties_the_cursor(value: Any) -> None:
    for field in dataclasses.fields(value):
        default = date(2026, 1, 15) if value is PERIOD else OTHERWISE.get(field.name, field.default)
        assert getattr(value, field.name) != default, "FULL has a value for every field"
        assert scope_hash(dataclasses.replace(value, **{field.name: default})) != scope_hash(value), field.name


async def test_a_cursor_is_the_same_for_ever(upgraded: Api) -> None:
    for line in CURSORS["cursors"]:
        token, document = RECORD["tokens"][line["who"]], CURSORS["documents"][line["document"]]
        assert end_cursor(await upgraded.read(token, document, **line["variables"])) == line["cursor"], line
        await upgraded.read(token, document, **line["variables"], after=line["cursor"])


async def test_a_cursor_of_0a7ae24_is_refused_with_advice(upgraded: Api) -> None:
    for line in RECORD["cursors"]:
        variables = {**line["variables"], "after": line["cursor"]}
        response = await upgraded.ask(RECORD["tokens"][line["who"]], line["document"], variables)
        [error] = response.errors
        assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": ["after"]}
        assert error["message"] == "This cursor is from an earlier version: begin again at the first page."
