"""Tickets as a state machine: random people try random actions through the API, on PostgreSQL."""

import asyncio
import itertools
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from osit_graphql.db.engine import Database
from osit_graphql.domain.enums import Action, Criticality, Role, Severity
from tests.client import Api
from tests.company import PEOPLE, create_company
from tests.desk import Desk
from tests.emptying import empty
from tests.integrity import tampering
from tests.protection import weaker_under_rls
from tests.superuser import as_superuser, rolled_back_connection
from tests.unit.ticket_model import BLANK, TicketModel

T = TypeVar("T")
PRINCIPALS = ("requester", "colleague", "developer", "network", "everyman", "operator", "admin")
ALL = "{ tickets(first: 100) { totalCount nodes { number status version service { name } } } LISTS }"
LISTS = ("openTickets", "evolutionRequests", "closedTickets")
LOOK = ALL.replace(
    "LISTS", " ".join(f"{name}(first: 100) {{ totalCount nodes {{ number status }} }}" for name in LISTS)
)
FIRST = (
    ("requester", "Développement", "NON_BLOCKING"),
    ("colleague", "Réseau", "EVOLUTION"),
    ("everyman", "Développement", "EVOLUTION"),
)
people = st.sampled_from([name for name, *_ in PEOPLE])
desks = st.sampled_from(["operator", "operator", "twofold", "developer", "requester"])
people_or_likely = st.just("a likely person") | people
actions = [action for action in Action if action is not Action.CREATE]
moves = [Action.CLOSE, Action.REOPEN, Action.DECIDE, Action.QUALIFY]
comments = st.sampled_from([*["Voici."] * 6, *BLANK])
services = st.sampled_from(["Développement", "Réseau", "Postes"])
criticalities = st.sampled_from(["BLOCKING", "NON_BLOCKING", "EVOLUTION"])


class Machine(RuleBasedStateMachine):
    """Each step is first predicted by the model."""

    desk: Desk
    steps = itertools.count()
    admin: Database
    loop: asyncio.AbstractEventLoop

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the loop of the database."""
        return self.loop.run_until_complete(work)

    @initialize()
    def begin(self) -> None:
        """Create the company again."""
        self.run(self._begin())
        self.model = TicketModel(self.desk.company)
        self.history_before: dict[int, tuple[Any, ...]] = {}
        for requester, service, criticality in FIRST:
            severity = {"severity": Severity.MODERATE, "criticality": Criticality(criticality)}
            self.run(self.desk.company.ticket(requester=requester, service=service, **severity))
            self.model.create(requester, service, criticality)
        self.changed = True  # a refusal changes nothing, so the invariants need no new check

    async def _begin(self) -> None:
        await empty(as_superuser(self.desk.company.database))
        Machine.desk = Desk(await create_company(self.desk.company.database), self.desk.api)

    @precondition(lambda self: len(self.model.tickets) < 5)
    @rule(who=desks, requester=people, service=services, criticality=criticalities, comment=comments)
    def create(self, who: str, requester: str, service: str, criticality: str, comment: str) -> None:
        """Open a ticket."""
        expected = "" if Role.OPERATOR in self.model.roles(who) else "FORBIDDEN"
        changes = {"requesterId": self.desk.company.ids[requester], "serviceId": self.desk.company.ids[service]}
        self.attempt(who, Action.CREATE, None, expected, **changes, criticality=criticality, comment=comment)
        if not expected:
            self.model.create(requester, service, criticality)

    @rule(
        who=people_or_likely,
        number=st.integers(1, 4),
        action=st.sampled_from(moves) | st.sampled_from(actions),
        comment=comments,
        choice=st.integers(0, 3),
        stale=st.sampled_from([None, None, None, None, True, False]),
    )
    def act(self, who: str, number: int, action: Action, comment: str, choice: int, *, stale: bool | None) -> None:
        """Try an action on a ticket, or on an unknown number."""
        if who == "a likely person":
            who = self.model.likely_person(action, number)
        changes, target = self.model.choose(action, number, choice)
        expected = self.model.expected_codes(
            who, action, number, changes, comment=comment, stale=bool(stale), target=target
        )
        input_: dict[str, Any] = {"comment": comment, **self.model.to_input(action, changes)}
        if stale is not None:
            input_["expectedVersion"] = self.model.version(number) + stale
        key = self.attempt(who, action, target if action is Action.VOID_INTERVENTION else number, expected, **input_)
        if not expected:
            self.model.apply(who, action, number, changes, key)
            if action is Action.VOID_INTERVENTION and target is not None:
                self.model.void(number, target)

    def attempt(self, who: str, action: Action, target: int | str | None, expected: str, **input_: Any) -> str | None:
        """Act and compare with the prediction; a refusal changes nothing. Return the ID of the activity."""
        self.changed = not expected
        note(f"{who} {action} {target} {input_} -> {expected or 'accepted'}")
        if expected:
            refused = self.run(self.desk.is_refused(who, action, target, **input_))
            assert " ".join(sorted({code for _, code in refused})) == expected
            return None
        input_["idempotencyKey"] = f"step {next(self.steps)}"
        done = self.run(self.desk.does(who, action, target, **input_))
        if input_["idempotencyKey"].endswith(("0", "5")):  # the response got lost: sent again, it is done once
            assert self.run(self.desk.does(who, action, target, **input_))["activity"] == done["activity"]
        return str(done["activity"]["id"])

    def teardown(self) -> None:
        """The seals match the history."""

        async def find() -> list[str]:
            async with rolled_back_connection(self.admin) as connection:
                return await connection.run_sync(tampering.find_tampering)

        assert self.run(find()) == []

    @invariant()
    def everybody_sees_exactly_their_tickets(self) -> None:
        """Tickets, lists and counts match the model; each ticket is in one list."""
        if not getattr(self, "changed", False):
            return
        for who in PRINCIPALS:
            data = self.run(self.desk.reads(who, LOOK))
            seen = {node["number"]: node for node in data["tickets"]["nodes"]}
            assert set(seen) == self.model.seen(who)
            assert data["tickets"]["totalCount"] == len(seen)
            for number, node in seen.items():
                assert {**node, **self.model.visible_state(number)} == node
            parts = [[node["number"] for node in data[name]["nodes"]] for name in LISTS]
            assert sorted(number for part in parts for number in part) == sorted(seen)
            assert [data[name]["totalCount"] for name in LISTS] == [len(part) for part in parts]
            assert [{seen[number]["status"] for number in part} <= {status} for part, status in
                    zip(parts, ("OPEN", "PENDING_DECISION", "CLOSED"), strict=True)] == [True] * 3  # fmt: skip

    @invariant()
    def history_only_grows_and_explains_every_status(self) -> None:
        """Activities never change; status and service follow from the history, with reasons."""
        if not getattr(self, "changed", False):
            return
        history = self.run(self._history())
        values_by_id = {row["id"]: tuple(row.values()) for row in history}
        assert {key: values_by_id.get(key) for key in self.history_before} == self.history_before
        self.history_before = values_by_id
        for number in range(1, len(self.model.tickets) + 1):
            rows = [row for row in history if row["ticket_id"] == number]
            assert {row["version"] for row in rows} == set(range(1, self.model.version(number) + 1))
            moves = [row for row in rows if row["kind"] in {"STATUS_CHANGE", "REROUTING"}]
            assert all(row["comment"] and row["comment"].strip() for row in moves)
            statuses = [self.model.tickets[number].first, *(row["to_status"] for row in moves if row["to_status"])]
            assert statuses[-1] == self.model.visible_state(number)["status"]
            came = [row["from_status"] for row in moves if row["to_status"]]
            assert came == statuses[:-1]

    async def _history(self) -> list[Any]:
        columns = "id, ticket_id, version, kind, comment, internal, author_id, from_status, to_status"
        async with as_superuser(self.desk.company.database).reading() as session:
            found_rows = await session.execute(text(f"SELECT {columns} FROM activity ORDER BY id"))
            return found_rows.all()


@pytest.fixture
async def loop() -> asyncio.AbstractEventLoop:
    """Provide the loop of the session, which is idle while a synchronous test runs."""
    return asyncio.get_running_loop()


@weaker_under_rls
def test_tickets_follow_the_model(desk: Desk, admin: Database, api: Api, loop: asyncio.AbstractEventLoop) -> None:
    Machine.desk, Machine.admin, Machine.loop = desk, admin, loop
    run_settings = settings(
        max_examples=8,
        stateful_step_count=30,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Machine, settings=run_settings)
