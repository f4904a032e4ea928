"""What nested fields are fetched by: one statement for all of a kind, whatever the number of rows around them."""

from collections.abc import Awaitable, Callable, Collection, Hashable
from contextlib import suppress
from functools import partial
from typing import Any

from sqlalchemy import Row

from osit_graphql.api.dataloader import DataLoader
from osit_graphql.db.engine import Database, Session
from osit_graphql.domain import clock
from osit_graphql.domain.errors import BadInput
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.auth import api_tokens
from osit_graphql.services.queries import activities, directory, meetings, people, ticket_with_history, tickets
from osit_graphql.services.queries.activities import Kinds
from osit_graphql.services.queries.directory import Thing
from osit_graphql.services.queries.keyset_pagination import Page, PageArgs
from osit_graphql.services.reports import recurrence_tickets
from osit_graphql.services.reports.request import Group, Question
from osit_graphql.settings import Settings

Fetch = Callable[[Session, Viewer, list[Any]], Awaitable[dict[Any, Any]]]
Ahead = ticket_with_history.HistoryPage


class Loaders:
    """The loaders of one operation, made when first used; each batch is one short session."""

    def __init__(self, database: Database, viewer: Viewer, settings: Settings, on_wait: Callable[[], None]) -> None:
        self.database = database
        self.viewer = viewer
        self.settings = settings
        self._on_wait = on_wait
        self._loaders: dict[Hashable, DataLoader] = {}

    def _of(self, key: Hashable, fetch: Fetch) -> DataLoader:
        """Return a loader; what it holds holds it in no cycle, which would stay until somebody looks for garbage."""
        found = self._loaders.get(key)
        if found is None:
            database, viewer = self.database, self.viewer

            async def load(ids: list[Any]) -> dict[Any, Any]:
                async with database.reading(viewer) as session:
                    return await fetch(session, viewer, ids)

            found = self._loaders[key] = DataLoader(viewer.user_id, self._on_wait, load)
        return found

    async def thing(self, thing: Thing, key: int) -> Row[Any] | None:
        """Return a site, service, application or cause."""
        loader = self._of(thing, lambda session, _viewer, ids: directory.by_ids(session, thing, ids))
        return await loader.load(key)  # type: ignore[no-any-return]

    async def rate(self, service_id: int) -> Any:
        """Return what an hour of a service costs today, None when the viewer may not know or there is no rate."""
        today = clock.now().astimezone(self.settings.zone).date()
        loader = self._of("rate", lambda session, viewer, ids: directory.rates_on(session, viewer, ids, today))
        return await loader.load(service_id)

    async def rates(self, service_id: int) -> Any:
        """Return every rate of a service, the latest first; None when the viewer may not know."""
        loader = self._of("rates", directory.rates_of)
        return await loader.load(service_id)

    async def named(self, person_id: int) -> Row[Any] | None:
        """Return somebody who stands on a row that the viewer sees already."""
        loader = self._of("named", people.named)
        return await loader.load(person_id)  # type: ignore[no-any-return]

    async def person(self, person_id: int) -> Row[Any] | None:
        """Return somebody by id, None when the viewer may not meet them."""
        loader = self._of("person", people.by_ids)
        return await loader.load(person_id)  # type: ignore[no-any-return]

    async def tokens(self, person_id: int) -> list[Row[Any]]:
        """Return somebody's API tokens, those that the viewer may list."""
        loader = self._of("tokens", api_tokens.of_each)
        return await loader.load(person_id)  # type: ignore[no-any-return]

    async def meeting(self, meeting_id: int) -> Row[Any] | None:
        """Return a meeting, None when it is absent or the viewer may not read it."""
        loader = self._of("meeting", meetings.by_ids)
        return await loader.load(meeting_id)  # type: ignore[no-any-return]

    async def agenda(self, meeting_id: int) -> list[Row[Any]]:
        """Return what the viewer sees of a meeting's agenda."""
        loader = self._of("agenda", meetings.agendas)
        return await loader.load(meeting_id)  # type: ignore[no-any-return]

    async def ticket(
        self, ticket_id: int, wanted: Collection[str], ahead: Ahead | None = None, *, alone: bool = False
    ) -> Row[Any] | None:
        """Return a ticket, None when it is absent or not visible; `ahead`: the page of its history to read too.

        `alone`: nobody else can be about to ask, so that there is nobody to wait for.
        """
        asked = frozenset(wanted)
        if ahead is None:
            fetch: Fetch = lambda session, viewer, ids: tickets.by_ids(session, viewer, ids, asked)  # noqa: E731 - one of two
        else:
            fetch = partial(_with_histories, asked, ahead, self._histories(ahead))
        if alone:
            self._on_wait()
            async with self.database.reading(self.viewer) as session:
                return (await fetch(session, self.viewer, [ticket_id])).get(ticket_id)
        return await self._of(("ticket", asked, ahead), fetch).load(ticket_id)  # type: ignore[no-any-return]

    def _histories(self, ahead: Ahead) -> DataLoader:
        return self._of(
            ("history", *ahead), lambda session, viewer, ids: activities.page_of_each(session, viewer, ids, *ahead)
        )

    async def activity(self, activity_id: int, wanted: Collection[str]) -> Row[Any] | None:
        """Return a history row, None when it is absent or not visible."""
        asked = frozenset(wanted)
        loader = self._of(
            ("activity", asked), lambda session, viewer, ids: activities.by_ids(session, viewer, ids, asked)
        )
        return await loader.load(activity_id)  # type: ignore[no-any-return]

    async def history(self, ticket_id: int, page: Ahead) -> Page:
        """Return a page of a ticket's history."""
        return await self._histories(page).load(ticket_id)  # type: ignore[no-any-return]

    async def history_count(self, ticket_id: int, kinds: Kinds) -> int:
        """Return how long a ticket's history is."""
        loader = self._of(
            ("history count", kinds), lambda session, viewer, ids: activities.count_of_each(session, viewer, ids, kinds)
        )
        return await loader.load(ticket_id)  # type: ignore[no-any-return]

    async def requested(self, person_id: int, window: PageArgs, wanted: Collection[str]) -> Page:
        """Return a page of somebody's tickets."""
        asked = frozenset(wanted)
        loader = self._of(
            ("requested", window, asked),
            lambda session, viewer, ids: tickets.page_of_each(session, viewer, ids, window, asked),
        )
        return await loader.load(person_id)  # type: ignore[no-any-return]

    async def requested_count(self, person_id: int) -> int:
        """Return how many tickets of somebody's the viewer sees."""
        loader = self._of("requested count", tickets.count_of_each)
        return await loader.load(person_id)  # type: ignore[no-any-return]

    async def recurring(self, question: Question, group: Group, window: PageArgs, wanted: Collection[str]) -> Page:
        """Return a page of the tickets behind a recurrence."""
        asked = frozenset(wanted)
        loader = self._of(
            ("recurring", question, window, asked),
            lambda session, viewer, groups: recurrence_tickets.page_of_each(
                session, viewer, question, groups, window, asked
            ),
        )
        return await loader.load(group)  # type: ignore[no-any-return]

    async def recurring_count(self, question: Question, group: Group) -> int:
        """Return how many tickets behind a recurrence the viewer sees."""
        loader = self._of(
            ("recurring count", question),
            lambda session, viewer, groups: recurrence_tickets.count_of_each(session, viewer, question, groups),
        )
        return await loader.load(group)  # type: ignore[no-any-return]


async def _with_histories(
    asked: frozenset[str], ahead: Ahead, histories: DataLoader, session: Session, viewer: Viewer, ids: list[int]
) -> dict[int, Any]:
    """Read tickets and what is asked of their histories; what is wrong with their arguments is theirs to say."""
    with suppress(BadInput):
        if len(ids) == 1:
            read = await ticket_with_history.read(session, viewer, ids[0], asked, ahead)
            if read is None:
                return {}
            histories.prime({ids[0]: read[1]})
            return {ids[0]: read[0]}
    found = await tickets.by_ids(session, viewer, ids, asked)
    if found:
        with suppress(BadInput):
            histories.prime(await activities.page_of_each(session, viewer, list(found), *ahead))
    return found
