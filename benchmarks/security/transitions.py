"""Row D5: anybody tries anything on tickets, and every answer is compared with the law as the tests have it by hand.

`python -m benchmarks.security.transitions [STEPS]`: 50,000 unless said otherwise, through the services.
"""

import asyncio
import random
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from benchmarks.security._company import served, settled
from osit_graphql.domain.enums import Action, Criticality, Decision, Priority, Severity
from osit_graphql.domain.errors import Forbidden, Refused
from osit_graphql.services import tickets
from osit_graphql.services.tickets.interventions import Work
from osit_graphql.services.tickets.qualification import Correction
from osit_graphql.services.tickets.ticket_command import CommandResult
from osit_graphql.settings import Settings
from tests.company import PEOPLE, Company
from tests.superuser import audit_differences
from tests.unit.ticket_model import UNKNOWN_ACTIVITY, TicketModel

STEPS = 50_000
SCENE = 400  # steps on the same three tickets
PEOPLE_NAMES = [name for name, *_ in PEOPLE]
ACTIONS = [action for action in Action if action is not Action.CREATE]
MOVES = [Action.CLOSE, Action.REOPEN, Action.DECIDE, Action.QUALIFY]
FIRST = (
    ("requester", "Développement", "NON_BLOCKING"),
    ("colleague", "Réseau", "EVOLUTION"),
    ("everyman", "Développement", "EVOLUTION"),
)
CALLED = {"service": "service_id", "assignee": "assignee_id"}
TYPES = {"priority": Priority, "decision": Decision, "criticality": Criticality}


class Scene:
    """Three tickets, what is known of them, and somebody who tries something."""

    def __init__(self, company: Company, chance: random.Random) -> None:
        self.company, self.chance, self.life = company, chance, TicketModel(company)
        self.keys: dict[int, int] = {}

    async def open(self) -> None:
        """Open them."""
        for requester, service, criticality in FIRST:
            more = {"severity": Severity.MODERATE, "criticality": Criticality(criticality)}
            key = await self.company.ticket(requester=requester, service=service, **more)
            self.life.create(requester, service, criticality)
            self.keys[len(self.life.tickets)] = key

    async def step(self) -> tuple[str, str, str]:
        """Try something; return what it was, what had to come of it, and what came."""
        chance = self.chance
        number, action = chance.randint(1, 4), chance.choice((chance.choice(MOVES), chance.choice(ACTIONS)))
        who = chance.choice((self.life.whoever(action, number), chance.choice(PEOPLE_NAMES)))
        changes, target = self.life.choose(action, number, chance.randrange(4))
        comment, stale = chance.choice(("Voici.",) * 6 + ("", " \t\n")), chance.random() < 0.1  # noqa: PLR2004 - one in ten
        expected = self.life.judge(who, action, number, changes, comment=comment, stale=stale, target=target)
        said: dict[str, Any] = {"comment": comment}
        if stale:
            said["expected_version"] = self.life.version(number) + 1
        came, outcome = await self._try(who, action, number, changes, target, said)
        if outcome is not None and not expected:
            self.life.apply(who, action, number, changes, str(outcome.activity_ids[0]))
            if action is Action.VOID_INTERVENTION and target is not None:
                self.life.take_back(number, target)
        return f"{who} {action} {changes}", expected, came

    async def _try(
        self, who: str, action: Action, number: int, changes: dict[str, Any], target: Any, said: dict[str, Any]
    ) -> tuple[str, CommandResult | None]:
        key = self.keys.get(number, 999_999_999)
        if action is Action.VOID_INTERVENTION:
            key = 999_999_999 if target == UNKNOWN_ACTIVITY else int(target)
        try:
            outcome = await self.company.do(
                who, getattr(tickets, action.value.lower()), key, **self._spell(action, changes), **said
            )
        except Forbidden:
            return "FORBIDDEN", None
        except Refused as refused:
            return " ".join(sorted({error.code for error in refused.user_errors})), None
        return "", outcome

    def _spell(self, action: Action, changes: dict[str, Any]) -> dict[str, Any]:
        keys = self.company.keys
        typed: dict[str, Any] = {
            name: TYPES[name](value) if name in TYPES else value for name, value in changes.items()
        }
        if action is Action.QUALIFY:
            return {"correction": Correction(title="Écran noir", **typed)}
        if action is Action.LOG_INTERVENTION:
            work = Work(datetime(2026, 1, 5, 9, tzinfo=UTC), 30, keys["Configuration"])
            return {"work": work, "zone": Settings(_env_file=None).zone}
        return {
            CALLED.get(name, name): keys[value] if name in CALLED and value else value for name, value in typed.items()
        }


async def walk(company: Company, steps: int, seed: int) -> tuple[Counter[str], list[str]]:
    """Take so many steps; return how many were accepted and refused, and every answer that is not the law's."""
    chance, counted, wrong = random.Random(seed), Counter[str](), list[str]()  # noqa: S311 - a drawing, no secret
    scene = Scene(company, chance)
    for step in range(steps):
        if step % SCENE == 0:
            scene = Scene(company, chance)
            await scene.open()
        tried, expected, came = await scene.step()
        counted["refused" if came else "accepted"] += 1
        if came != expected:
            wrong.append(f"{tried}: {came or 'accepted'}, and not {expected or 'accepted'}")
    return counted, wrong


async def measure(company: Company, steps: int) -> int:
    """Walk, then compare history with its seals; print the figures, return what is wrong."""
    began = time.monotonic()
    counted, wrong = await walk(company, steps, seed=1)
    differing = await audit_differences(company.database)
    for line in (*wrong[:20], *map(str, differing[:20])):
        print(line)
    took = time.monotonic() - began
    print(f"{steps:,} steps in {took:.0f} s: {counted['accepted']:,} accepted, {counted['refused']:,} refused")
    print(f"{len(wrong)} answers against the law, {len(differing)} differences in the audit")
    return len(wrong) + len(differing)


def main() -> None:
    """Print the figures; status 1 for any answer that is not the law's."""
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else STEPS

    async def run() -> int:
        async with settled(server, pool=2) as company:
            return await measure(company, steps)

    with served("transitions") as server:
        wrong = asyncio.run(run())
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
