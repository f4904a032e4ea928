"""Fuzzing with schemathesis as every role: it generates documents; each response is checked for faults and leaks."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

import httpx
from graphql import DocumentNode
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.core.failures import FailureGroup
from schemathesis.hooks import HookContext, HookDispatcher, HookScope

from osit_graphql.api.global_ids import Kind
from tests.fuzz.mending import Mender
from tests.fuzz.places import place
from tests.fuzz.surface import load
from tests.leaks.knowledge import State, read_state
from tests.leaks.questions import GeneratedQuery
from tests.leaks.stage import Stage
from tests.leaks.values import Pool, ValueGenerator
from tests.leaks.watch import RandomQueries, leaves, pool_of
from tests.waiting import HANG_TIMEOUT_S

# A person with all roles, one of each role, an anonymous client; Hypothesis sends its first document as the first.
PEOPLE = ("whole", "requester", "developer", "manager", "operator", "admin", None)
ANONYMOUS_KNOWS = "stranger"  # an anonymous client may know at most what the requester without tickets knows
FOREIGN = 0.25  # share of documents with IDs of any object, visible or not


@dataclass
class Report:
    """Counts and findings of a run."""

    sent: Counter[str] = field(default_factory=Counter)  # by operation
    people: Counter[str | None] = field(default_factory=Counter)
    answered: Counter[str | None] = field(default_factory=Counter)  # with data, by person
    codes: Counter[str] = field(default_factory=Counter)
    changes: int = 0
    findings: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Return a summary."""
        codes = ", ".join(f"{code} {times:,}" for code, times in sorted(self.codes.items()))
        return (
            f"{self.sent.total():,} documents of {len(self.sent)} operations as {len(self.people)} people, "
            f"{self.answered.total():,} with data, {self.changes:,} changes, refused: {codes}; "
            f"{len(self.findings)} findings"
        )


@dataclass
class Fuzzer:
    """Fuzzes one stage. `loop` runs the API and the database; documents are generated in a thread."""

    stage: Stage
    loop: asyncio.AbstractEventLoop
    state: State
    mender: Mender
    report: Report
    _cursors: list[str] = field(default_factory=list)
    _pools: dict[str | None, Pool] = field(default_factory=dict)

    def fuzz(self, cases: int, number: int) -> None:
        """Send `cases` documents of each operation, as random people; blocks, so call it in a thread."""
        everybody = [(who, self._hooks(who)) for who in PEOPLE]
        run_examples = settings(
            max_examples=cases,
            phases=[Phase.generate],  # no shrinking: a smaller document would run on other rows
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        for operation in (result.ok() for result in load().get_all_operations()):
            drawn = st.sampled_from(everybody).flatmap(partial(self._draw, operation))
            seed(number)(run_examples(given(drawn)(self._wait)))()

    @staticmethod
    def _draw(operation: Any, person: tuple[str | None, HookDispatcher]) -> st.SearchStrategy[Any]:
        who, hooks = person
        return st.tuples(st.just(who), operation.as_strategy(hooks=hooks))

    def _wait(self, drawn: tuple[str | None, Any]) -> None:
        try:
            asyncio.run_coroutine_threadsafe(self._send(*drawn), self.loop).result(HANG_TIMEOUT_S)
        except TimeoutError as error:
            raise AssertionError(f"{drawn[0]} has no response after {HANG_TIMEOUT_S} s to {drawn[1].body}") from error

    def _hooks(self, who: str | None) -> HookDispatcher:
        """Return hooks that replace most arguments by values that this person could send."""
        hooks = HookDispatcher(scope=HookScope.TEST)

        def flatmap_body(context: HookContext, body: DocumentNode) -> st.SearchStrategy[DocumentNode]:
            root = context.operation.definition.field_name  # type: ignore[union-attr]
            return st.integers(0, 2**32).map(
                lambda chance: place(body, self._value_generator(who, Random(chance)), root)
            )

        hooks.register_hook_with_name(flatmap_body, "flatmap_body")
        return hooks

    def _value_generator(self, who: str | None, chance: Random) -> ValueGenerator:
        key = None if chance.random() < FOREIGN else who or ANONYMOUS_KNOWS
        if key not in self._pools:
            pool = pool_of(self.state)
            if key is not None:
                pool.ids = self._known(key, pool.ids)
            pool.cursors = self._cursors
            self._pools[key] = pool
        return ValueGenerator(chance, self._pools[key], self.stage.canary_source.word, self.stage.canary_source.amount)

    def _known(self, who: str, everything: dict[Kind, list[str]]) -> dict[Kind, list[str]]:
        """Return the IDs that a person knows: of the directory, and of objects visible to them."""
        hidden = self.state.everything - self.state.known(self.stage.company.keys[who])
        return {kind: [each for each in those if each not in hidden] for kind, those in everything.items()}

    async def _send(self, who: str | None, case: Any) -> None:
        token = self.stage.company.tokens[who] if who else None
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        response = await self.stage.api.http.post("/graphql", json={"query": case.body}, headers=headers)
        writing = case.operation.definition.is_mutation and '"errors":' not in response.text
        after = await read_state(self.stage.admin) if writing else self.state
        self._judge(who, case, response, after)
        if writing:
            self.report.changes += '"userErrors":[]' in response.text
            await self.mender.mend()
            self.state = await read_state(self.stage.admin)
            self._pools.clear()

    def _judge(self, who: str | None, case: Any, response: httpx.Response, after: State) -> None:
        """Record failures that schemathesis reports, and values that the person may not know."""
        report = self.report
        report.sent[case.operation.label] += 1
        report.people[who] += 1
        exchange = f"{who} by {case.body}: {response.status_code} {response.text[:2000]}"
        try:
            case.validate_response(response)
        except FailureGroup as failures:
            report.findings += [f"{type(failure).__name__}: {failure} {exchange}" for failure in failures.exceptions]
        body = response.json()
        report.codes.update(error["extensions"]["code"] for error in body.get("errors", ()))
        checker = RandomQueries(self.stage, 0)
        query = GeneratedQuery(case.operation.definition.field_name, case.body, {"written": case.body})
        checker.judge(who or ANONYMOUS_KNOWS, query, response.text, self.state, after)
        report.findings += [f"leak: {leak}" for leak in checker.findings.leaks]
        values = [value for _, value in leaves(body.get("data")) if value is not None]
        report.answered[who] += (
            bool(values) and '"errors":' not in response.text and '"userErrors":[{' not in response.text
        )
        self._cursors[:] = [
            *self._cursors[-30:],
            *(value for name, value in leaves(body.get("data")) if name.endswith("ursor") and isinstance(value, str)),
        ]


async def fuzz(stage: Stage, cases: int, number: int, report: Report) -> None:
    """Fuzz a stage with `cases` documents of each operation; `number` is the seed."""
    fuzzer = Fuzzer(stage, asyncio.get_running_loop(), await read_state(stage.admin), await Mender.of(stage), report)
    await asyncio.to_thread(fuzzer.fuzz, cases, number)
