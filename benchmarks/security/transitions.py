"""Row D5: random actions by random people; every result is compared with the hand-typed permission table.

`python -m benchmarks.security.transitions [STEPS]`: 50,000 by default, through the services.
"""

import asyncio
import random
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from benchmarks.security._company import embedded_server, small_company
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
SCENARIO_STEPS = 400  # steps on the same three tickets
PEOPLE_NAMES = [name for name, *_ in PEOPLE]
ACTIONS = [action for action in Action if action is not Action.CREATE]
MOVES = [Action.CLOSE, Action.REOPEN, Action.DECIDE, Action.QUALIFY]
FIRST = (
    ("requester", "Développement", "NON_BLOCKING"),
    ("colleague", "Réseau", "EVOLUTION"),
    ("everyman", "Développement", "EVOLUTION"),
)
KEY_ARGUMENTS = {"service": "service_id", "assignee": "assignee_id"}
TYPES = {"priority": Priority, "decision": Decision, "criticality": Criticality}


class Scenario:
    """Three tickets, their expected state, and random actions."""

    def __init__(self, company: Company, chance: random.Random) -> None:
        self.company, self.chance, self.model = company, chance, TicketModel(company)
        self.keys: dict[int, int] = {}

    async def open(self) -> None:
        """Create the tickets."""
        for requester, service, criticality in FIRST:
            more = {"severity": Severity.MODERATE, "criticality": Criticality(criticality)}
            key = await self.company.ticket(requester=requester, service=service, **more)
            self.model.create(requester, service, criticality)
            self.keys[len(self.model.tickets)] = key

    async def step(self) -> tuple[str, str, str]:
        """Try an action; return it with the expected and the actual result."""
        chance = self.chance
        number, action = chance.randint(1, 4), chance.choice((chance.choice(MOVES), chance.choice(ACTIONS)))
        who = chance.choice((self.model.likely_person(action, number), chance.choice(PEOPLE_NAMES)))
        changes, target = self.model.choose(action, number, chance.randrange(4))
        comment, stale = chance.choice(("Voici.",) * 6 + ("", " \t\n")), chance.random() < 0.1  # noqa: PLR2004 - one in ten
        expected = self.model.expected_codes(who, action, number, changes, comment=comment, stale=stale, target=target)
        input_: dict[str, Any] = {"comment": comment}
        if stale:
            input_["expected_version"] = self.model.version(number) + 1
        actual, outcome = await self._try(who, action, number, changes, target, input_)
        if outcome is not None and not expected:
            self.model.apply(who, action, number, changes, str(outcome.activity_ids[0]))
            if action is Action.VOID_INTERVENTION and target is not None:
                self.model.void(number, target)
        return f"{who} {action} {changes}", expected, actual

    async def _try(
        self, who: str, action: Action, number: int, changes: dict[str, Any], target: Any, input_: dict[str, Any]
    ) -> tuple[str, CommandResult | None]:
        key = self.keys.get(number, 999_999_999)
        if action is Action.VOID_INTERVENTION:
            key = 999_999_999 if target == UNKNOWN_ACTIVITY else int(target)
        try:
            outcome = await self.company.do(
                who, getattr(tickets, action.value.lower()), key, **self._arguments(action, changes), **input_
            )
        except Forbidden:
            return "FORBIDDEN", None
        except Refused as refused:
            return " ".join(sorted({error.code for error in refused.user_errors})), None
        return "", outcome

    def _arguments(self, action: Action, changes: dict[str, Any]) -> dict[str, Any]:
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
            KEY_ARGUMENTS.get(name, name): keys[value] if name in KEY_ARGUMENTS and value else value
            for name, value in typed.items()
        }


async def walk(company: Company, steps: int, seed: int) -> tuple[Counter[str], list[str]]:
    """Run the steps; return the numbers of accepted and refused ones, and every unexpected result."""
    chance, counted, wrong = random.Random(seed), Counter[str](), list[str]()  # noqa: S311 - a drawing, no secret
    scenario = Scenario(company, chance)
    for step in range(steps):
        if step % SCENARIO_STEPS == 0:
            scenario = Scenario(company, chance)
            await scenario.open()
        attempt, expected, actual = await scenario.step()
        counted["refused" if actual else "accepted"] += 1
        if actual != expected:
            wrong.append(f"{attempt}: {actual or 'accepted'}, and not {expected or 'accepted'}")
    return counted, wrong


async def measure(company: Company, steps: int) -> int:
    """Run the steps, verify the seals, print the figures; return the number of errors."""
    began = time.monotonic()
    counted, wrong = await walk(company, steps, seed=1)
    differing = await audit_differences(company.database)
    for line in (*wrong[:20], *map(str, differing[:20])):
        print(line)
    took = time.monotonic() - began
    print(f"{steps:,} steps in {took:.0f} s: {counted['accepted']:,} accepted, {counted['refused']:,} refused")
    print(f"{len(wrong)} unexpected results, {len(differing)} differences in the audit")
    return len(wrong) + len(differing)


def main() -> None:
    """Print the figures; status 1 for any unexpected result."""
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else STEPS

    async def run() -> int:
        async with small_company(server, pool=2) as company:
            return await measure(company, steps)

    with embedded_server("transitions") as server:
        wrong = asyncio.run(run())
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
