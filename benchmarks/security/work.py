"""C3: estimated cost of requests, their actual cost, and the rows that PostgreSQL returned for them."""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from osit_graphql import demo
from osit_graphql.db.engine import Session
from osit_graphql.domain import clock
from osit_graphql.server import logging_config
from osit_graphql.server.app import build
from osit_graphql.server.bootstrap import open_database
from osit_graphql.server.database_urls import DatabaseUrls, running_database
from osit_graphql.settings import Settings

YEAR = {"from": "2026-01-01", "to": "2026-12-31"}
PERIOD = 'period: {from: "2026-01-01", to: "2026-12-31"}'
EVERY = "[APPLICATION, SERVICE, SITE, CAUSE, MONTH]"
PEOPLE = "requester { name site { name } } service { name } application { name }"
DOCUMENTS: Mapping[str, tuple[str, str]] = {
    "a page of 50 with its people": ("operator", f"{{ tickets {{ totalCount nodes {{ number {PEOPLE} }} }} }}"),
    "a page of 100 with its people": ("operator", f"{{ tickets(first: 100) {{ nodes {{ number {PEOPLE} }} }} }}"),
    "50 histories": (
        "manager",
        "{ tickets { nodes { number activities(first: 20) { nodes { kind comment author { name } } } } } }",
    ),
    "all of 100 histories, as much as is allowed": (
        "manager",
        "{ tickets(first: 100) { nodes { activities(first: 60) { nodes { author { name } ticket { id } } } } } }",
    ),
    "people and their tickets": (
        "operator",
        "{ users(first: 50) { nodes { name requestedTickets(first: 20) { nodes { title service { name } } } } } }",
    ),
    "a search": ("operator", '{ tickets(filter: {search: "imprimante"}) { nodes { number title } } }'),
    "likely duplicates": (
        "operator",
        '{ similarTickets(to: {draft: {title: "erreur à l’authentification"}}) { ticket { title } } }',
    ),
    "the directory": ("operator", "{ services { name } applications { name } sites { name } causes { name } }"),
    "costs by application": (
        "manager",
        f"{{ maintenanceCosts({PERIOD}) {{ rows {{ application {{ name }} figures {{ total {{ amount }} }} }} }} }}",
    ),
    "costs by everything": (
        "manager",
        f"{{ maintenanceCosts({PERIOD}, groupBy: {EVERY}) {{ rows {{ month figures {{ minutes }} }} }} }}",
    ),
    "recurrences and their tickets": (
        "manager",
        f"{{ recurrences({PERIOD}) {{ occurrences tickets(first: 10) {{ nodes {{ number }} }} }} }}",
    ),
    "meetings with their agendas": (
        "manager",
        "{ decisionMeetings(first: 20) { nodes { title agenda { decision ticket { number } } } } }",
    ),
    "GraphiQL's schema": (
        "manager",
        "{ __schema { types { name fields { name type { name ofType { name } } args { name type { name } } } } } }",
    ),
}
OWED_AFTERWARDS = {"costs by everything"}  # reports are charged for additional rows afterwards


@dataclass
class Rows:
    """Number of rows that PostgreSQL returned."""

    count: int = 0

    def watch(self) -> None:
        """Count from now on."""
        fetch = Session.fetch

        async def count(session: Session, *arguments: Any) -> list[Any]:
            rows: list[Any] = await fetch(session, *arguments)
            self.count += len(rows)
            return rows

        setattr(Session, "fetch", count)  # noqa: B010 - for as long as this process measures


async def measure(settings: Settings, urls: DatabaseUrls) -> int:
    """Print the table; return the number of estimates below the actual cost."""
    rows, below = Rows(), 0
    async with open_database(settings, urls, migrate_schema=True) as database:
        await demo.fill(database, zone=settings.zone, today=clock.now().astimezone(settings.zone).date())
        rows.watch()
        transport = httpx.ASGITransport(app=build(settings, database))
        async with httpx.AsyncClient(transport=transport, base_url="http://osit.bench") as client:
            print("| what | priced | cost in the end | rows read | bytes |\n| --- | --: | --: | --: | --: |")
            for name, (who, document) in DOCUMENTS.items():
                headers = {"Authorization": f"Bearer {await _sign_in(client, who)}", "X-Query-Cost": "1"}
                rows.count = 0
                answer = await client.post("/graphql", json={"query": document}, headers=headers)
                body = answer.json()
                if "errors" in body:
                    raise RuntimeError(f"{name}: {body['errors']}")
                cost = body["extensions"]["cost"]
                requested, actual = cost["requestedQueryCost"], cost["actualQueryCost"]
                print(f"| {name} | {requested:,} | {actual:,} | {rows.count:,} | {len(answer.content):,} |")
                below += name not in OWED_AFTERWARDS and (requested < actual or requested < rows.count - 5)
    return below


async def _sign_in(client: httpx.AsyncClient, who: str) -> str:
    credentials = {"email": f"{who}@demo.example", "password": demo.PASSWORD}
    query = "mutation ($i: SignInInput!) { signIn(input: $i) { token } }"
    answer = await client.post("/graphql", json={"query": query, "variables": {"i": credentials}})
    return str(answer.json()["data"]["signIn"]["token"])


def main() -> int:
    """Measure on a new database; return 1 if an estimate was too low."""
    directory = Path(tempfile.mkdtemp(prefix="osit-bench-"))
    try:
        settings = Settings(_env_file=None, data_dir=directory, log_level="error")
        logging_config.configure(settings)
        with running_database(settings) as urls:
            below = asyncio.run(measure(settings, urls))
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    print(
        f"\n{below} of {len(DOCUMENTS)} were priced below what they cost, but for reports that are charged afterwards."
    )
    return int(below > 0)


if __name__ == "__main__":
    sys.exit(main())
