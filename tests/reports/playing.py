"""A random history: people at work on a few tickets, at once, doing now this, now that; refusals are part of it."""

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
from osit_graphql.services.directory import ServiceInput, update_service
from osit_graphql.services.tickets import (
    close,
    decide,
    log_intervention,
    qualify,
    reopen,
    reroute,
    void_intervention,
)
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
    """Somebody who does things at random, the same for the same seed."""

    company: Company
    chance: Random
    tickets: list[int]
    done: int = 0
    ties: int = 0

    async def act(self) -> None:
        """Do one thing; what is refused changes nothing."""
        verbs: list[tuple[int, Callable[[], Awaitable[Any]]]] = [
            (2, self.call), (10, self.log), (3, self.void), (4, self.move), (2, self.send), (3, self.close),
            (3, self.reopen), (1, self.decide), (1, self.price),
        ]  # fmt: skip
        [verb] = self.chance.choices([verb for _, verb in verbs], [weight for weight, _ in verbs])
        try:
            with clock.at(self.moment()):
                await verb()
            self.done += 1
        except Refused:
            pass
        except Unavailable as error:  # a lock not had in time, on a busy machine: nothing was kept
            self.ties += getattr(getattr(error.__cause__, "orig", None), "sqlstate", None) == DEADLOCK

    def moment(self) -> datetime:
        """Return a moment of some weeks."""
        return datetime(2026, 1, 1, tzinfo=PARIS) + timedelta(minutes=self.chance.randrange(DAYS * 1440))

    def ticket(self) -> int:
        """Choose a ticket."""
        return self.chance.choice(self.tickets)

    def key(self, *names: str) -> int:
        """Choose a row."""
        return self.company.keys[self.chance.choice(names)]

    async def call(self) -> None:
        """Open a ticket."""
        criticality = self.chance.choice([Criticality.NON_BLOCKING, Criticality.EVOLUTION])
        application = self.chance.choice(["Portail", "Paie", "Stocks"])
        service = self.chance.choice(["Développement", "Réseau"])
        requester = self.chance.choice(["requester", "colleague"])
        self.tickets.append(
            await self.company.ticket(
                application=application, service=service, requester=requester, criticality=criticality
            )
        )

    async def log(self) -> None:
        """Report work on a ticket."""
        started = clock.now() - timedelta(minutes=self.chance.randrange(20_000))
        expenses = Decimal(self.chance.randrange(5000)).scaleb(-2)
        cause = self.key("Configuration", "Défaut logiciel")
        work = Work(started, self.chance.randint(1, 600), cause, expenses)
        who = self.chance.choice(TECHNICIANS)
        await self.company.do(who, log_intervention, self.ticket(), work, zone=PARIS, comment=WHY)

    async def void(self) -> None:
        """Take a report back."""
        async with as_superuser(self.company.database).reading() as session:
            found = list(await session.scalars(text("SELECT activity_id FROM intervention WHERE voided_by IS NULL")))
        if found:
            await self.company.do("manager", void_intervention, self.chance.choice(found), comment=WHY)

    async def move(self) -> None:
        """Correct what a ticket is about, or where."""
        if self.chance.random() < 0.7:
            correction = Correction(application_id=self.key("Portail", "Paie", "Stocks"))
        else:
            correction = Correction(site_id=self.key("Paris", "Lyon"))
        await self.company.do("operator", qualify, self.ticket(), correction, comment=WHY)

    async def send(self) -> None:
        """Send a ticket to the other service."""
        who = self.chance.choice(TECHNICIANS)
        service_id = self.key("Développement", "Réseau")
        await self.company.do(who, reroute, self.ticket(), service_id=service_id, comment=WHY)

    async def close(self) -> None:
        """Close a ticket."""
        await self.company.do(self.chance.choice(TECHNICIANS), close, self.ticket(), comment=WHY)

    async def reopen(self) -> None:
        """Take a ticket up again."""
        await self.company.do(self.chance.choice(TECHNICIANS), reopen, self.ticket(), comment=WHY)

    async def decide(self) -> None:
        """Decide on a request."""
        decision = self.chance.choice(list(Decision))
        await self.company.do("manager", decide, self.ticket(), decision=decision, comment=WHY)

    async def price(self) -> None:
        """Set a rate from some day on, or end it."""
        rate = self.chance.choice([None, Decimal(self.chance.randrange(10_000)).scaleb(-2)])
        day = date(2025, 12, 1) + timedelta(days=self.chance.randrange(DAYS))
        sheet = ServiceInput(hourly_rate=rate, hourly_rate_from=day)
        service_id = self.key("Développement", "Réseau")
        async with self.company.database.transaction(self.company.viewers["admin"]) as session:
            await update_service(session, self.company.viewers["admin"], service_id, sheet, zone=PARIS)


async def play(company: Company, *, actions: int, writers: int, seed: int = 7) -> tuple[int, int]:
    """Play so many actions by so many writers at once; return how many were done, and how many deadlocks were met.

    Chance and the order of writers may leave little: a standing intervention of each service comes last, for sure.
    """
    tickets: list[int] = [await company.ticket(), await company.ticket(service="Réseau")]
    players = [Player(company, Random(f"{seed} {number}"), tickets) for number in range(writers)]

    async def playing(player: Player) -> None:
        for _ in range(actions // writers):
            await player.act()

    await asyncio.gather(*(playing(player) for player in players))
    for who, service in (("developer", "Développement"), ("network", "Réseau")):
        work = Work(datetime(2026, 2, 2, 9, tzinfo=PARIS), 30, company.keys["Configuration"])
        number = await company.ticket(service=service)
        await company.do(who, log_intervention, number, work, zone=PARIS, comment=WHY)
    return sum(player.done for player in players), sum(player.ties for player in players)
