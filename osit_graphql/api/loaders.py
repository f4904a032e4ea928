"""What nested fields are fetched by: one statement for all of a kind, whatever the number of rows around them."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable
from contextlib import suppress
from typing import Any

from sqlalchemy import Row

from osit_graphql.api.turns import settle, wait_turn
from osit_graphql.database import Database, Session
from osit_graphql.errors import BadInput
from osit_graphql.services import clock, tokens
from osit_graphql.services.reads import directory, dossiers, history, meetings, people, tickets
from osit_graphql.services.reads.directory import Thing
from osit_graphql.services.reads.history import Kinds
from osit_graphql.services.reads.pages import Slice, Window
from osit_graphql.services.reports import drilldown
from osit_graphql.services.reports.questions import Group, Question
from osit_graphql.settings import Settings
from osit_graphql.viewer import Viewer

Fetch = Callable[[Session, list[Any]], Awaitable[dict[Any, Any]]]
Note = Callable[[], None]
Ahead = dossiers.Page


class Loader:
    """What fields of one operation ask for by key, each key once, together as far as they are asked for together.

    `whose`: the person whose turns are taken with what it brings; `note` is told of each field that waited.
    Strawberry's own asks two turns of the loop after the first key: fields that come in turns would not be together.
    """

    def __init__(self, whose: int, note: Note, load: Callable[[list[Any]], Awaitable[dict[Any, Any]]]) -> None:
        self._whose = whose
        self._note = note
        self._load = load
        self._answers: dict[Any, asyncio.Future[Any]] = {}
        self._taken: dict[Any, Any] = {}
        self._asked: list[Any] = []
        self._batches: set[asyncio.Task[None]] = set()

    async def load(self, key: Any) -> Any:
        """Wait without holding what the others wait for: a cancelled field cancels its own waiting only."""
        if key in self._taken:
            self._note()
            await wait_turn(self._whose)
            return self._taken[key]
        answer = self._answers.get(key)
        if answer is None:
            answer = self._answers[key] = asyncio.get_running_loop().create_future()
            self._ask(key)
        found = await asyncio.shield(answer)
        self._note()
        await wait_turn(self._whose)
        return found

    def take(self, found: dict[Any, Any]) -> None:
        """Take what was read ahead of its being asked for."""
        self._taken.update(found)

    def _ask(self, key: Any) -> None:
        if not self._asked:
            batch = asyncio.create_task(self._answer())
            self._batches.add(batch)  # the loop itself holds tasks weakly
            batch.add_done_callback(self._batches.discard)
        self._asked.append(key)

    async def _answer(self) -> None:
        await settle(self._whose)
        keys, self._asked = self._asked, []
        try:
            found = await self._load(keys)
        except Exception as error:  # noqa: BLE001 - each field says what became of it
            for key in keys:
                self._answers[key].set_exception(error)
        else:
            for key in keys:
                self._answers[key].set_result(found.get(key))


class Loaders:
    """The loaders of one operation, made when first used; each batch is one short session."""

    def __init__(self, database: Database, viewer: Viewer, settings: Settings, note: Note) -> None:
        self.database = database
        self.viewer = viewer
        self.settings = settings
        self._note = note
        self._loaders: dict[Hashable, Loader] = {}

    def _of(self, key: Hashable, fetch: Fetch) -> Loader:
        async def load(ids: list[Any]) -> dict[Any, Any]:
            async with self.database.reading(self.viewer) as session:
                return await fetch(session, ids)

        found = self._loaders.get(key)
        if found is None:
            found = self._loaders[key] = Loader(self.viewer.user_id, self._note, load)
        return found

    async def thing(self, thing: Thing, key: int) -> Row[Any] | None:
        """Return a site, service, application or cause."""
        loader = self._of(thing, lambda session, ids: directory.by_ids(session, thing, ids))
        return await loader.load(key)  # type: ignore[no-any-return]

    async def rate(self, service_id: int) -> Any:
        """Return what an hour of a service costs today, None when the viewer may not know or there is no rate."""
        today = clock.now().astimezone(self.settings.zone).date()
        loader = self._of("rate", lambda session, ids: directory.rates_on(session, self.viewer, ids, today))
        return await loader.load(service_id)

    async def rates(self, service_id: int) -> Any:
        """Return every rate of a service, the latest first; None when the viewer may not know."""
        loader = self._of("rates", lambda session, ids: directory.rates_of(session, self.viewer, ids))
        return await loader.load(service_id)

    async def named(self, person_id: int) -> Row[Any] | None:
        """Return somebody who stands on a row that the viewer sees already."""
        loader = self._of("named", lambda session, ids: people.named(session, self.viewer, ids))
        return await loader.load(person_id)  # type: ignore[no-any-return]

    async def person(self, person_id: int) -> Row[Any] | None:
        """Return somebody by id, None when the viewer may not meet them."""
        loader = self._of("person", lambda session, ids: people.by_ids(session, self.viewer, ids))
        return await loader.load(person_id)  # type: ignore[no-any-return]

    async def tokens(self, person_id: int) -> list[Row[Any]]:
        """Return somebody's API tokens, those that the viewer may list."""
        loader = self._of("tokens", lambda session, people: tokens.of_each(session, self.viewer, people))
        return await loader.load(person_id)  # type: ignore[no-any-return]

    async def meeting(self, meeting_id: int) -> Row[Any] | None:
        """Return a meeting, None when it is absent or the viewer may not read it."""
        loader = self._of("meeting", lambda session, ids: meetings.by_ids(session, self.viewer, ids))
        return await loader.load(meeting_id)  # type: ignore[no-any-return]

    async def agenda(self, meeting_id: int) -> list[Row[Any]]:
        """Return what the viewer sees of a meeting's agenda."""
        loader = self._of("agenda", lambda session, ids: meetings.agendas(session, self.viewer, ids))
        return await loader.load(meeting_id)  # type: ignore[no-any-return]

    async def ticket(
        self, ticket_id: int, wanted: Collection[str], ahead: Ahead | None = None, *, alone: bool = False
    ) -> Row[Any] | None:
        """Return a ticket, None when it is absent or not visible; `ahead`: the page of its history to read too.

        `alone`: nobody else can be about to ask, so that there is nobody to wait for.
        """
        asked = frozenset(wanted)

        async def fetch(session: Session, ids: list[Any]) -> dict[Any, Any]:
            if ahead is None:
                return await tickets.by_ids(session, self.viewer, ids, asked)
            return await self._with_histories(session, ids, asked, ahead)

        if alone:
            self._note()
            async with self.database.reading(self.viewer) as session:
                return (await fetch(session, [ticket_id])).get(ticket_id)
        return await self._of(("ticket", asked, ahead), fetch).load(ticket_id)  # type: ignore[no-any-return]

    async def _with_histories(
        self, session: Session, ids: list[int], asked: frozenset[str], ahead: Ahead
    ) -> dict[int, Any]:
        """Read tickets and what is asked of their histories; what is wrong with their arguments is theirs to say."""
        histories = self._histories(ahead)
        with suppress(BadInput):
            if len(ids) == 1:
                read = await dossiers.read(session, self.viewer, ids[0], asked, ahead)
                if read is None:
                    return {}
                histories.take({ids[0]: read[1]})
                return {ids[0]: read[0]}
        found = await tickets.by_ids(session, self.viewer, ids, asked)
        if found:
            with suppress(BadInput):
                histories.take(await history.page_of_each(session, self.viewer, list(found), *ahead))
        return found

    def _histories(self, ahead: Ahead) -> Loader:
        return self._of(
            ("history", *ahead), lambda session, ids: history.page_of_each(session, self.viewer, ids, *ahead)
        )

    async def activity(self, activity_id: int, wanted: Collection[str]) -> Row[Any] | None:
        """Return a history row, None when it is absent or not visible."""
        asked = frozenset(wanted)
        loader = self._of(("activity", asked), lambda session, ids: history.by_ids(session, self.viewer, ids, asked))
        return await loader.load(activity_id)  # type: ignore[no-any-return]

    async def history(self, ticket_id: int, page: Ahead) -> Slice:
        """Return a page of a ticket's history."""
        return await self._histories(page).load(ticket_id)  # type: ignore[no-any-return]

    async def history_count(self, ticket_id: int, kinds: Kinds) -> int:
        """Return how long a ticket's history is."""
        loader = self._of(
            ("history count", kinds), lambda session, ids: history.count_of_each(session, self.viewer, ids, kinds)
        )
        return await loader.load(ticket_id)  # type: ignore[no-any-return]

    async def requested(self, person_id: int, window: Window, wanted: Collection[str]) -> Slice:
        """Return a page of somebody's tickets."""
        asked = frozenset(wanted)
        loader = self._of(
            ("requested", window, asked),
            lambda session, ids: tickets.page_of_each(session, self.viewer, ids, window, asked),
        )
        return await loader.load(person_id)  # type: ignore[no-any-return]

    async def requested_count(self, person_id: int) -> int:
        """Return how many tickets of somebody's the viewer sees."""
        loader = self._of("requested count", lambda session, ids: tickets.count_of_each(session, self.viewer, ids))
        return await loader.load(person_id)  # type: ignore[no-any-return]

    async def recurring(self, question: Question, group: Group, window: Window, wanted: Collection[str]) -> Slice:
        """Return a page of the tickets behind a recurrence."""
        asked = frozenset(wanted)
        loader = self._of(
            ("recurring", question, window, asked),
            lambda session, groups: drilldown.page_of_each(session, self.viewer, question, groups, window, asked),
        )
        return await loader.load(group)  # type: ignore[no-any-return]

    async def recurring_count(self, question: Question, group: Group) -> int:
        """Return how many tickets behind a recurrence the viewer sees."""
        loader = self._of(
            ("recurring count", question),
            lambda session, groups: drilldown.count_of_each(session, self.viewer, question, groups),
        )
        return await loader.load(group)  # type: ignore[no-any-return]
