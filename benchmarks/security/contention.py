"""Rows D1 and D7: sixteen writers on four tickets, in every order; and 200 edits of one version.

`python -m benchmarks.security.contention [SECONDS]`: through GraphQL in process; deadlocks are made on purpose.
"""

import asyncio
import random
import sys
import time
from collections import Counter

from sqlalchemy import text

from benchmarks.security._company import embedded_server, small_company
from osit_graphql.domain.enums import Action, Criticality
from osit_graphql.domain.viewer import System
from osit_graphql.settings import Settings
from tests.client import Api, ApiResponse
from tests.company import Company
from tests.desk import Desk
from tests.meetings.documents import SCHEDULE, UPDATE

SECONDS = 30
WRITERS, TICKETS = 16, 4
SUCCESS = 0.999
RATE = (
    "mutation ($id: ID!, $input: ServiceUpdateInput!) { serviceUpdate(id: $id, input: $input) { userErrors { code } } }"
)
DEADLOCKS = text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")


class Writers:
    """Writers on the same few rows: tickets, their decision meeting, and a service with backdated rates."""

    def __init__(self, desk: Desk, meeting: str) -> None:
        self.desk, self.meeting = desk, meeting
        self.answers: Counter[str] = Counter()
        self.chance = random.Random(7)  # noqa: S311 - a drawing, no secret

    async def write(self, until: float) -> None:
        """Write until this time, one request after another, each with its idempotency key."""
        while time.monotonic() < until:
            answer = await self._choose()
            codes = answer.codes or [error["code"] for error in next(iter(answer.data.values()))["userErrors"]]
            self.answers[" ".join(codes) or "done"] += 1

    async def _choose(self) -> ApiResponse:
        company, drawn = self.desk.company, self.chance.random()
        number, key = self.chance.randint(1, TICKETS), f"{self.chance.getrandbits(64)}"
        if drawn < 0.1:  # noqa: PLR2004 - one in ten; the service first, then its tickets
            day = f"2026-01-{self.chance.randint(1, 28):02}"
            rate = {"hourlyRate": f"{self.chance.randint(30, 90)}.00", "hourlyRateFrom": day}
            return await self.desk.api.ask(
                company.tokens["admin"], RATE, {"id": company.ids["Développement"], "input": rate}
            )
        if drawn < 0.2:  # noqa: PLR2004 - one in ten; the meeting first
            agenda = [company.id(each) for each in self.chance.sample(range(1, TICKETS + 1), 2)]
            variables = {"id": self.meeting, "input": {"ticketIds": agenda}}
            return await self.desk.api.ask(company.tokens["manager"], UPDATE, variables)
        if drawn < 0.4:  # noqa: PLR2004 - one in five; the ticket first, then the meeting
            input_ = {"decision": "POSTPONED", "meetingId": self.meeting, "idempotencyKey": key}
            return await self.desk.answer("manager", Action.DECIDE, number, **input_)
        action = self.chance.choice((Action.COMMENT, Action.COMMENT, Action.LOG_INTERVENTION))
        return await self.desk.answer(self.chance.choice(("developer", "peer")), action, number, idempotencyKey=key)


async def measure(company: Company, seconds: float) -> bool:
    """Run the writers, print the figures; return whether enough writes succeeded."""
    async with Api(Settings(_env_file=None), company.database) as api:
        desk = Desk(company, api)
        for _ in range(TICKETS):
            await company.ticket(criticality=Criticality.EVOLUTION)
        called = {"title": "Comité", "heldAt": "2026-12-01T10:00:00Z"}
        meeting = (await api.act(company.tokens["manager"], SCHEDULE, input=called))["meeting"]["id"]
        writers = Writers(desk, meeting)
        until = time.monotonic() + seconds
        await asyncio.gather(*(writers.write(until) for _ in range(WRITERS)))
    async with company.database.reading(System.HEALTH) as session:
        deadlocks = (await session.execute(DEADLOCKS)).scalar_one()
    failed = sum(count for codes, count in writers.answers.items() if codes in {"UNAVAILABLE", "INTERNAL_SERVER_ERROR"})
    share = 1 - failed / writers.answers.total()
    print(
        f"{writers.answers.total():,} writes by {WRITERS} writers in {seconds:.0f} s, {deadlocks} deadlocks on the way"
    )
    print(f"{share:.3%} got an answer; {dict(writers.answers)}")
    return share >= SUCCESS


def main() -> None:
    """Print the figures; status 1 below 99.9 %."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS

    async def run() -> bool:
        async with small_company(server, pool=WRITERS) as company:
            return await measure(company, seconds)

    with embedded_server("contention") as server:
        enough = asyncio.run(run())
    sys.exit(not enough)


if __name__ == "__main__":
    main()
