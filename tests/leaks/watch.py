"""Random people send random documents; each response is compared with the secrets that the person may know."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from osit_graphql.api import global_ids
from osit_graphql.api.global_ids import Kind
from tests.leaks.canaries import WORD, traces
from tests.leaks.knowledge import State, read_state
from tests.leaks.matrix import read_table
from tests.leaks.questions import SCHEMA, GeneratedQuery, QueryGenerator, roots
from tests.leaks.stage import Stage
from tests.leaks.values import Pool, ValueGenerator

# They end sessions or deactivate people that the next documents need; each has its own tests.
EXCLUDED_MUTATIONS = {"signIn", "signOut", "viewerPasswordChange", "userUpdate"}
CELLS = read_table()
THINGS = (Kind.SERVICE, Kind.APPLICATION, Kind.SITE, Kind.CAUSE)
NUMBER_OF_THINGS = 3
NOWHERE = 999_999
BROKEN = ("INTERNAL_SERVER_ERROR", "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED", "OPERATION_TOO_COMPLEX")


@dataclass
class Findings:
    """Counts and findings of a run."""

    questions: int = 0
    changes: int = 0
    refused: int = 0
    disclosed: set[str] = field(default_factory=set)
    asked_for: set[str] = field(default_factory=set)
    leaks: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Return a summary."""
        return (
            f"{self.questions} questions, {self.refused} refused, {self.changes} changes, "
            f"{len(self.disclosed)} secrets in responses to people who may know them, {len(self.leaks)} to others"
        )


@dataclass
class RandomQueries:
    """Sends random documents to one company; the same seed sends the same ones."""

    stage: Stage
    seed: int
    writes: float = 0.1
    documents: int = 12  # different documents of each root field
    findings: Findings = field(default_factory=Findings)
    _stock: dict[str, list[GeneratedQuery]] = field(default_factory=dict)

    async def run(self, questions: int) -> Findings:
        """Send this many documents, each as a random person; return the findings."""
        chance = Random(self.seed)
        state = await read_state(self.stage.admin)
        query_generator = QueryGenerator(
            ValueGenerator(chance, pool_of(state), self.stage.canary_source.word, self.stage.canary_source.amount)
        )
        reads = [name for name, root in roots().items() if root is SCHEMA.query_type]
        mutations = [
            name for name, root in roots().items() if root is SCHEMA.mutation_type and name not in EXCLUDED_MUTATIONS
        ]
        each = [*reads, *mutations] if self.writes < 1 else []  # every root field once, then random ones
        for _ in range(questions):
            name = each.pop() if each else chance.choice(mutations if chance.random() < self.writes else reads)
            writing, question = name in mutations, self._question(query_generator, name)
            who = chance.choice(self._permitted_people(question.name) if writing else self.stage.people)
            answer = await self.stage.api.ask(self.stage.company.tokens[who], question.document, question.variables)
            after = state
            if writing and '"userErrors":[]' in answer.text:
                after = await read_state(self.stage.admin)
                self.findings.changes += 1
            self.judge(who, question, answer.text, state, after)
            self._learn(query_generator.value_generator.pool, answer.data, chance)
            if after is not state:
                cursors = query_generator.value_generator.pool.cursors
                state, query_generator.value_generator.pool = after, pool_of(after)
                query_generator.value_generator.pool.cursors = cursors
        return self.findings

    def _permitted_people(self, mutation: str) -> list[str]:
        """Return the people who may send a mutation; `test_existence` and `test_matrix` send it as the others."""
        cells = CELLS[f"Mutation.{mutation}"]
        viewers = self.stage.company.viewers
        return [who for who in self.stage.people if any(cells[role] != "F" for role in viewers[who].roles)]

    def _question(self, query_generator: QueryGenerator, name: str) -> GeneratedQuery:
        """Return a document of this root field: mostly an earlier one with other values, because parsing costs most."""
        value_generator, stock = query_generator.value_generator, self._stock.setdefault(name, [])
        if len(stock) < self.documents:
            stock.append(query_generator.ask(name))
            return stock[-1]
        return value_generator.chance.choice(stock).again(value_generator)

    def judge(self, who: str, question: GeneratedQuery, answer: str, before: State, after: State) -> None:
        """Record hidden secrets in a response; a person may read values that they wrote themselves."""
        key = self.stage.company.keys[who]
        known = set(before.known(key, reports=question.has_figures))
        secrets = before.everything
        if after is not before:
            secrets |= after.everything
            known |= after.known(key, reports=question.has_figures)
            known |= after.written(key, max(row.id for row in before.activities))
        variables = json.dumps(question.variables)
        disclosed = traces(answer) & secrets
        leaked = disclosed - known - set(WORD.findall(variables))
        for code in BROKEN:
            if code in answer:
                leaked.add(code)
        self.findings.questions += 1
        self.findings.disclosed |= disclosed & known
        self.findings.asked_for.add(question.name)
        self.findings.refused += '"errors":' in answer
        leaked |= set(short_pages(json.loads(answer).get("data"), question))
        if leaked:
            self.findings.leaks.append(f"LEAK: {who} read {sorted(leaked)} with {question}: {answer[:3000]}")

    @staticmethod
    def _learn(pool: Pool, data: Any, chance: Random) -> None:
        """Store some cursors and recurrence IDs for other people's documents."""
        for name, value in leaves(data):
            if name.endswith("ursor") and isinstance(value, str) and chance.random() < 0.1:
                pool.cursors = [*pool.cursors[-30:], value]
            if isinstance(value, str) and value.startswith("rec1_"):
                pool.others = [*pool.others[-5:], value]


def pool_of(state: State) -> Pool:
    """Return IDs, numbers and words of all objects, visible or not, and one missing ID of each kind."""
    scoped = {
        Kind.TICKET: state.tickets,
        Kind.ACTIVITY: state.activities,
        Kind.USER: state.people,
        Kind.MEETING: state.meetings,
        Kind.API_TOKEN: state.tokens,
        Kind.DIRECTORY_CHANGE: state.changes,
    }
    known = {kind: [global_ids.encode(kind, row.id) for row in rows] for kind, rows in scoped.items()}
    known |= {kind: [global_ids.encode(kind, key) for key in range(1, NUMBER_OF_THINGS + 1)] for kind in THINGS}
    known = {kind: [*those, global_ids.encode(kind, NOWHERE)] for kind, those in known.items()}
    words = sorted(mark for mark in state.everything if WORD.fullmatch(mark))
    return Pool(known, [], [*(row.id for row in state.tickets), NOWHERE], words)


def leaves(data: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value of a response with its field's name."""
    match data:
        case dict():
            for key, value in data.items():
                yield from leaves(value, key)
        case list():
            for value in data:
                yield from leaves(value, name)
        case _:
            yield name, data


def short_pages(data: Any, question: GeneratedQuery) -> Iterator[str]:
    """Yield pages whose `totalCount` contradicts their rows."""
    match data:
        case list():
            for value in data:
                yield from short_pages(value, question)
        case dict():
            for value in data.values():
                yield from short_pages(value, question)
            info, total = data.get("pageInfo") or {}, data.get("totalCount")
            rows = data.get("nodes", data.get("edges"))
            if rows is not None and total is not None:
                complete = info.get("hasNextPage") is False and info.get("hasPreviousPage") is False
                if total < len(rows) or (complete and total != len(rows)):
                    yield f"{len(rows)} rows of {total}"
