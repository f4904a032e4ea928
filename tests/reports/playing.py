"""Random histories: concurrent people act on a few tickets, and some actions are refused."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text

from osit_graphql.domain import clock
from osit_graphql.domain.enums import Criticality, Decision
from osit_graphql.domain.errors import Refused, Unavailable
from osit_graphql.services.directory.catalog import ServiceInput, update_entry
from osit_graphql.services.tickets import close, decide, log_intervention, qualify, reopen, reroute, void_intervention
from osit_graphql.services.tickets.interventions import Work
from osit_graphql.services.tickets.qualification import Correction
from tests.company import Company
from tests.superuser import as_superuser

PARIS = ZoneInfo("Europe/Paris")
DAYS = 120
DEADLOCK = "40P01"
WHY = "Voici pourquoi."
TECHNICIANS = ("developer", "peer", "network", "everyman")


@dataclass
class Player:
    """A person who acts at random, reproducibly for a seed."""

    company: Company
    random: Random
    tickets: list[int]
    completed: int = 0
    deadlocks: int = 0

    async def act_once(self) -> None:
        """Do one random action; a refused one changes nothing."""
        weighted_actions: list[tuple[int, Callable[[], Awaitable[Any]]]] = [
            (2, self.call), (10, self.log), (3, self.void), (4, self.move), (2, self.send), (3, self.close),
            (3, self.reopen), (1, self.decide), (1, self.price),
        ]  # fmt: skip
        [action] = self.random.choices(
            [action for _, action in weighted_actions], [weight for weight, _ in weighted_actions]
        )
        try:
            with clock.at(self.moment()):
                await action()
            self.completed += 1
        except Refused:
            pass
        except Unavailable as error:  # a lock timeout on a busy machine: nothing was committed
            self.deadlocks += getattr(getattr(error.__cause__, "orig", None), "sqlstate", None) == DEADLOCK

    def moment(self) -> datetime:
        """Return a time within the period."""
        return datetime(2026, 1, 1, tzinfo=PARIS) + timedelta(minutes=self.random.randrange(DAYS * 1440))

    def ticket(self) -> int:
        """Choose a ticket."""
        return self.random.choice(self.tickets)

    def key(self, *names: str) -> int:
        """Choose a row."""
        return self.company.keys[self.random.choice(names)]

    async def call(self) -> None:
        """Open a ticket."""
        criticality = self.random.choice([Criticality.NON_BLOCKING, Criticality.EVOLUTION])
        application = self.random.choice(["Portail", "Paie", "Stocks"])
        service = self.random.choice(["Développement", "Réseau"])
        requester = self.random.choice(["requester", "colleague"])
        self.tickets.append(
            await self.company.ticket(
                application=application, service=service, requester=requester, criticality=criticality
            )
        )

    async def log(self) -> None:
        """Log an intervention on a ticket."""
        started = clock.now() - timedelta(minutes=self.random.randrange(20_000))
        expenses = Decimal(self.random.randrange(5000)).scaleb(-2)
        cause = self.key("Configuration", "Défaut logiciel")
        work = Work(started, self.random.randint(1, 600), cause, expenses)
        who = self.random.choice(TECHNICIANS)
        await self.company.do(who, log_intervention, self.ticket(), work, zone=PARIS, comment=WHY)

    async def void(self) -> None:
        """Void an intervention."""
        async with as_superuser(self.company.database).reading() as session:
            intervention_ids = list(
                await session.scalars(text("SELECT activity_id FROM intervention WHERE voided_by IS NULL"))
            )
        if intervention_ids:
            await self.company.do("manager", void_intervention, self.random.choice(intervention_ids), comment=WHY)

    async def move(self) -> None:
        """Change the application or site of a ticket."""
        if self.random.random() < 0.7:
            correction = Correction(application_id=self.key("Portail", "Paie", "Stocks"))
        else:
            correction = Correction(site_id=self.key("Paris", "Lyon"))
        await self.company.do("operator", qualify, self.ticket(), correction, comment=WHY)

    async def send(self) -> None:
        """Send a ticket to the other service."""
        who = self.random.choice(TECHNICIANS)
        service_id = self.key("Développement", "Réseau")
        await self.company.do(who, reroute, self.ticket(), service_id=service_id, comment=WHY)

    async def close(self) -> None:
        """Close a ticket."""
        await self.company.do(self.random.choice(TECHNICIANS), close, self.ticket(), comment=WHY)

    async def reopen(self) -> None:
        """Reopen a ticket."""
        await self.company.do(self.random.choice(TECHNICIANS), reopen, self.ticket(), comment=WHY)

    async def decide(self) -> None:
        """Decide on a request."""
        decision = self.random.choice(list(Decision))
        await self.company.do("manager", decide, self.ticket(), decision=decision, comment=WHY)

    async def price(self) -> None:
        """Set a rate from a day on, or remove it."""
        rate = self.random.choice([None, Decimal(self.random.randrange(10_000)).scaleb(-2)])
        day = date(2025, 12, 1) + timedelta(days=self.random.randrange(DAYS))
        input_ = ServiceInput(hourly_rate=rate, hourly_rate_from=day)
        service_id = self.key("Développement", "Réseau")
        async with self.company.database.transaction(self.company.viewers["admin"]) as session:
            await update_entry(session, self.company.viewers["admin"], service_id, input_, zone=PARIS)


async def play(company: Company, *, actions: int, writers: int, seed: int = 7) -> tuple[int, int]:
    """Run actions by concurrent writers; return the numbers of completed actions and of deadlocks.

    A last intervention of each service ensures that the history is never empty.
    """
    tickets: list[int] = [await company.ticket(), await company.ticket(service="Réseau")]
    players = [Player(company, Random(f"{seed} {number}"), tickets) for number in range(writers)]

    async def run_player(player: Player) -> None:
        for _ in range(actions // writers):
            await player.act_once()

    await asyncio.gather(*(run_player(player) for player in players))
    for who, service in (("developer", "Développement"), ("network", "Réseau")):
        work = Work(datetime(2026, 2, 2, 9, tzinfo=PARIS), 30, company.keys["Configuration"])
        number = await company.ticket(service=service)
        await company.do(who, log_intervention, number, work, zone=PARIS, comment=WHY)
    return sum(player.completed for player in players), sum(player.deadlocks for player in players)
