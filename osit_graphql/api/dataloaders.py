"""The dataloaders of one operation: one statement reads the rows of a kind for all fields that need one."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable
from contextlib import suppress
from functools import partial
from typing import Any

from osit_graphql.api.dataloader import DataLoader
from osit_graphql.db.engine import Database, ReadInTurn, Session
from osit_graphql.db.statements import Row
from osit_graphql.domain import clock
from osit_graphql.domain.errors import BadInput
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.auth import api_tokens
from osit_graphql.services.queries import activities, directory, meetings, people, ticket_with_history, tickets
from osit_graphql.services.queries.activities import Kinds
from osit_graphql.services.queries.directory import CatalogModel
from osit_graphql.services.queries.keyset_pagination import Page, PageArgs
from osit_graphql.services.reports import recurrence_tickets
from osit_graphql.services.reports.request import Group, ReportRequest
from osit_graphql.settings import Settings

Fetch = Callable[[Session, Viewer, list[Any]], Awaitable[dict[Any, Any]]]
HistoryPage = ticket_with_history.HistoryPage


class DataLoaders:
    """The dataloaders of one operation, created at first use; each batch is one short read transaction."""

    def __init__(self, database: Database, viewer: Viewer, settings: Settings, turn: asyncio.Lock) -> None:
        """`turn`: the lock of `ReadInTurn`, one for each request."""
        self.database = database
        self.turn = turn
        self.viewer = viewer
        self.settings = settings
        self._loaders: dict[Hashable, DataLoader] = {}
        self._immediate_waits = 0

    @property
    def waits(self) -> int:
        """The number of fields that waited for a row."""
        return self._immediate_waits + sum(loader.waits for loader in self._loaders.values())

    def _loader(self, key: Hashable, fetch: Fetch) -> DataLoader:
        """Return a loader. It does not refer to this object: only the garbage collector would free such a cycle."""
        loader = self._loaders.get(key)
        if loader is None:
            database, viewer, turn = self.database, self.viewer, self.turn

            async def load_many(ids: list[Any]) -> dict[Any, Any]:
                async with ReadInTurn(turn, database.reading(viewer)) as session:
                    return await fetch(session, viewer, ids)

            loader = self._loaders[key] = DataLoader(viewer.user_id, load_many)
        return loader

    def _load(self, key: Hashable, fetch: Fetch, row_key: Any) -> Awaitable[Any]:
        return self._loader(key, fetch).load(row_key)

    def directory_record(self, model: CatalogModel, record_id: int) -> Awaitable[Row | None]:
        """Return a site, service, application or cause."""
        return self._load(model, lambda session, _viewer, ids: directory.by_ids(session, model, ids), record_id)

    def current_rate(self, service_id: int) -> Awaitable[Any]:
        """Return a service's hourly rate of today; None when there is none or it is not visible to the viewer."""
        today = clock.now().astimezone(self.settings.zone).date()
        return self._load("rate", partial(directory.rates_on, day=today), service_id)

    def rates(self, service_id: int) -> Awaitable[Any]:
        """Return all rates of a service, latest first; None when they are not visible to the viewer."""
        return self._load("rates", directory.rate_history, service_id)

    def person_on_visible_row(self, person_id: int) -> Awaitable[Row | None]:
        """Return a person to whom a row that is visible to the viewer refers."""
        return self._load("person on visible row", people.already_visible, person_id)

    def person(self, person_id: int) -> Awaitable[Row | None]:
        """Return a person by ID; None when they are not visible to the viewer."""
        return self._load("person", people.by_ids, person_id)

    def api_tokens(self, person_id: int) -> Awaitable[list[Row]]:
        """Return a person's API tokens, as far as the viewer may list them."""
        return self._load("API tokens", api_tokens.by_person, person_id)

    def meeting(self, meeting_id: int) -> Awaitable[Row | None]:
        """Return a meeting; None when it is absent or not visible to the viewer."""
        return self._load("meeting", meetings.by_ids, meeting_id)

    def agenda(self, meeting_id: int) -> Awaitable[list[Row]]:
        """Return the items of a meeting's agenda that are visible to the viewer."""
        return self._load("agenda", meetings.agendas, meeting_id)

    async def ticket(
        self,
        ticket_id: int,
        columns: Collection[str],
        history_page: HistoryPage | None = None,
        *,
        immediately: bool = False,
    ) -> Row | None:
        """Return a ticket, None when it is absent or not visible to the viewer.

        `history_page`: a page of its history that the same statement reads. `immediately`: no other field can load a
        ticket, so the batch waits for none.
        """
        selected = frozenset(columns)
        if history_page is None:
            fetch: Fetch = partial(tickets.by_ids, column_names=selected)
        else:
            fetch = partial(_fetch_with_history, selected, history_page, self._histories(history_page))
        if immediately:
            self._immediate_waits += 1
            async with ReadInTurn(self.turn, self.database.reading(self.viewer)) as session:
                return (await fetch(session, self.viewer, [ticket_id])).get(ticket_id)
        return await self._load(("ticket", selected, history_page), fetch, ticket_id)  # type: ignore[no-any-return]

    def _histories(self, page: HistoryPage) -> DataLoader:
        return self._loader(
            ("history", *page), lambda session, viewer, ids: activities.pages_by_ticket(session, viewer, ids, *page)
        )

    def activity(self, activity_id: int, columns: Collection[str]) -> Awaitable[Row | None]:
        """Return an activity, None when it is absent or not visible to the viewer."""
        selected = frozenset(columns)
        return self._load(("activity", selected), partial(activities.by_ids, column_names=selected), activity_id)

    def activities(self, ticket_id: int, page: HistoryPage) -> Awaitable[Page]:
        """Return a page of a ticket's activities."""
        return self._histories(page).load(ticket_id)

    def activity_count(self, ticket_id: int, kinds: Kinds) -> Awaitable[int]:
        """Return the number of a ticket's activities."""
        return self._load(("activity count", kinds), partial(activities.counts_by_ticket, kinds=kinds), ticket_id)

    def requested_tickets(self, person_id: int, page: PageArgs, columns: Collection[str]) -> Awaitable[Page]:
        """Return a page of the tickets that a person requested."""
        selected = frozenset(columns)
        fetch = partial(tickets.pages_by_requester, page_args=page, column_names=selected)
        return self._load(("requested tickets", page, selected), fetch, person_id)

    def requested_ticket_count(self, person_id: int) -> Awaitable[int]:
        """Return the number of tickets that a person requested and the viewer sees."""
        return self._load("requested ticket count", tickets.counts_by_requester, person_id)

    def recurrence_tickets(
        self, request: ReportRequest, group: Group, page: PageArgs, columns: Collection[str]
    ) -> Awaitable[Page]:
        """Return a page of the tickets of a recurrence."""
        selected = frozenset(columns)
        fetch = partial(recurrence_tickets.pages_by_group, request=request, page_args=page, column_names=selected)
        return self._load(("recurrence tickets", request, page, selected), fetch, group)

    def recurrence_ticket_count(self, request: ReportRequest, group: Group) -> Awaitable[int]:
        """Return the number of tickets of a recurrence that the viewer sees."""
        fetch = partial(recurrence_tickets.counts_by_group, request=request)
        return self._load(("recurrence ticket count", request), fetch, group)


async def _fetch_with_history(
    columns: frozenset[str], page: HistoryPage, histories: DataLoader, session: Session, viewer: Viewer, ids: list[int]
) -> dict[int, Any]:
    """Read tickets, and a page of each one's history for its loader; the field reports arguments that are not valid."""
    with suppress(BadInput):
        if len(ids) == 1:
            row_and_page = await ticket_with_history.get_ticket_with_history(session, viewer, ids[0], columns, page)
            if row_and_page is None:
                return {}
            histories.prime({ids[0]: row_and_page[1]})
            return {ids[0]: row_and_page[0]}
    rows = await tickets.by_ids(session, viewer, ids, columns)
    if rows:
        with suppress(BadInput):
            histories.prime(await activities.pages_by_ticket(session, viewer, list(rows), *page))
    return rows
