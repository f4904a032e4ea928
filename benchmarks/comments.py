"""Comments on one ticket, whose cost does not grow with it: `python -m benchmarks.comments --help`."""

import argparse
import asyncio
import random
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import text

from benchmarks import backends, databases, words
from benchmarks.desk import Desk
from benchmarks.single_tickets import STORY, TITLE
from osit_graphql.db.engine import Database
from osit_graphql.domain.enums import Criticality, Role, Severity
from osit_graphql.domain.viewer import System
from osit_graphql.services import background_jobs
from osit_graphql.services import tickets as verbs
from osit_graphql.services.tickets.create import NewTicket

WORDS = 30
WRITERS = 16
WORD_INDEXES = """
SELECT coalesce(sum(pg_relation_size(indexrelid)), 0) FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
WHERE relname LIKE 'ticket_document%' AND indexrelid::regclass::text LIKE '%words_idx'
"""


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.comments", description=__doc__)
    parser.add_argument("name", help="a database that benchmarks.fill made")
    parser.add_argument("--data-dir", type=Path, help="its directory; otherwise OSIT_DATABASE_URL of a superuser")
    parser.add_argument("--comments", type=int, default=2000)
    parser.add_argument("--block", type=int, default=100, help="comments per line")
    return parser.parse_args()


async def measure(url: str, admin: str, comments: int, block: int) -> None:
    """Print the time of each block of comments of unique words on one ticket, then on fresh ones, then of writers."""
    desk = await Desk.open("comments", url, admin)
    desk.database = Database(url, pool_size=WRITERS + 1)
    rng = random.Random(len(desk.samples))  # noqa: S311 - the same words every time
    unique = words.random_words(rng, comments * WORDS, 4, ["", "t", "x"])
    texts = [" ".join(unique[start : start + WORDS]) for start in range(0, len(unique), WORDS)]
    flushing = asyncio.create_task(background_jobs.keep_flushing_search_index(desk.database))
    await asyncio.gather(*(_say(desk, desk.samples["many"][place], "Un mot.") for place in range(WRITERS)))
    before = await _index_size(desk)
    ticket = await _create(desk)
    for start in range(0, comments, block):
        await _report(f"{start + 1} to {start + block}", desk, texts[start : start + block], lambda _: ticket)
    await asyncio.sleep(2)
    print(f"index: {await _index_size(desk) - before} octets more for {sum(map(len, unique))} octets of words")
    fresh = [await _create(desk) for _ in range(4 * block)]
    await _report("on fresh tickets", desk, texts[:block] * 4, lambda place: fresh[place])
    for writers in (1, WRITERS):
        started = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for place in range(writers):
                group.create_task(_say_all(desk, ticket, texts[place : 2 * block : writers]))
        print(f"{writers} writers on this ticket: {(time.perf_counter() - started) * 500 / block:.2f} ms per comment")
    flushing.cancel()
    await desk.close()


async def _say_all(desk: Desk, ticket: int, texts: Sequence[str]) -> None:
    for comment in texts:
        await _say(desk, ticket, comment)


async def _report(label: str, desk: Desk, texts: Sequence[str], ticket: Callable[[int], int]) -> None:
    files = await backends.find_schedstat_files(desk)
    processor, elapsed = backends.processor_ms(files), []
    for place, comment in enumerate(texts):
        started = time.perf_counter()
        await _say(desk, ticket(place), comment)
        elapsed.append((time.perf_counter() - started) * 1000)
    postgres = (backends.processor_ms(files) - processor) / len(texts)
    print(
        f"{label}: PostgreSQL {postgres:.2f} ms, p50 {statistics.median(elapsed):.1f}, max {max(elapsed):.1f}",
        flush=True,
    )


async def _say(desk: Desk, ticket: int, comment: str) -> None:
    async with desk.database.transaction(desk.viewers[Role.OPERATOR]) as session:
        await verbs.comment(verbs.CommandContext(session, desk.viewers[Role.OPERATOR]), ticket, comment=comment)


async def _create(desk: Desk) -> int:
    ids: dict[str, Any] = {"requester_id": desk.keys["requester"][0], "application_id": 1, "service_id": 1}
    new = NewTicket(TITLE, STORY, severity=Severity.MINOR, criticality=Criticality.NON_BLOCKING, **ids)
    async with desk.database.transaction(desk.viewers[Role.OPERATOR]) as session:
        return (await verbs.create(verbs.CommandContext(session, desk.viewers[Role.OPERATOR]), new)).ticket_id


async def _index_size(desk: Desk) -> int:
    async with desk.database.reading(System.HEALTH) as session:
        return int((await session.execute(text(WORD_INDEXES))).scalar_one())


def main() -> None:
    """Measure one database."""
    arguments = parse()
    with databases.serving(arguments.data_dir) as server:
        urls = databases.api_url(server, arguments.name), databases.admin_url(server, arguments.name)
        asyncio.run(measure(*urls, arguments.comments, arguments.block))


if __name__ == "__main__":
    main()
