"""The watch: random people ask random questions, and whatever they are told is held against what they may know."""

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
from tests.leaks.questions import SCHEMA, Principal, Question, roots
from tests.leaks.stage import Stage
from tests.leaks.values import Drawer, Pool

# They would take away whom the watch asks as; each has its own tests.
SPARED = {"signIn", "signOut", "viewerPasswordChange", "userUpdate"}
CELLS = read_table()
THINGS = (Kind.SERVICE, Kind.APPLICATION, Kind.SITE, Kind.CAUSE)
NUMBER_OF_THINGS = 3
NOWHERE = 999_999
BROKEN = ("INTERNAL_SERVER_ERROR", "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED", "OPERATION_TOO_COMPLEX")


@dataclass
class Tally:
    """What a watch came to."""

    questions: int = 0
    changes: int = 0
    refused: int = 0
    disclosed: set[str] = field(default_factory=set)
    asked_for: set[str] = field(default_factory=set)
    leaks: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """In figures."""
        return (
            f"{self.questions} questions, {self.refused} refused, {self.changes} changes, "
            f"{len(self.disclosed)} secrets in responses to people who may know them, {len(self.leaks)} to others"
        )


@dataclass
class Watch:
    """One stage under watch; the same seed asks the same."""

    stage: Stage
    seed: int
    writes: float = 0.1
    documents: int = 12  # how many different ones for each root field
    tally: Tally = field(default_factory=Tally)
    _stock: dict[str, list[Question]] = field(default_factory=dict)

    async def stand(self, questions: int) -> Tally:
        """Ask so many questions, each as anybody; what was found is in the tally."""
        chance = Random(self.seed)
        state = await read_state(self.stage.admin)
        asker = Principal(Drawer(chance, pool_of(state), self.stage.aviary.word, self.stage.aviary.amount))
        reads = [name for name, root in roots().items() if root is SCHEMA.query_type]
        deeds = [name for name, root in roots().items() if root is SCHEMA.mutation_type and name not in SPARED]
        each = [*reads, *deeds] if self.writes < 1 else []  # every field once, then as it comes
        for _ in range(questions):
            name = each.pop() if each else chance.choice(deeds if chance.random() < self.writes else reads)
            writing, question = name in deeds, self._question(asker, name)
            who = chance.choice(self._doers(question.name) if writing else self.stage.people)
            answer = await self.stage.api.ask(self.stage.company.tokens[who], question.document, question.variables)
            after = state
            if writing and '"userErrors":[]' in answer.text:
                after = await read_state(self.stage.admin)
                self.tally.changes += 1
            self.judge(who, question, answer.text, state, after)
            self._learn(asker.drawer.pool, answer.data, chance)
            if after is not state:
                cursors = asker.drawer.pool.cursors
                state, asker.drawer.pool = after, pool_of(after)
                asker.drawer.pool.cursors = cursors
        return self.tally

    def _doers(self, deed: str) -> list[str]:
        """Return whoever is not refused this outright; the others are `test_existence`'s and `test_matrix`'s."""
        cells = CELLS[f"Mutation.{deed}"]
        viewers = self.stage.company.viewers
        return [who for who in self.stage.people if any(cells[role] != "F" for role in viewers[who].roles)]

    def _question(self, asker: Principal, name: str) -> Question:
        """Return a question of this root field: with a document of before as a rule, since reading one costs most."""
        drawer, stock = asker.drawer, self._stock.setdefault(name, [])
        if len(stock) < self.documents:
            stock.append(asker.ask(name))
            return stock[-1]
        return drawer.chance.choice(stock).again(drawer)

    def judge(self, who: str, question: Question, answer: str, before: State, after: State) -> None:
        """Note what somebody was told and may not know; what they wrote themselves is theirs."""
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
        self.tally.questions += 1
        self.tally.disclosed |= disclosed & known
        self.tally.asked_for.add(question.name)
        self.tally.refused += '"errors":' in answer
        leaked |= set(short_pages(json.loads(answer).get("data"), question))
        if leaked:
            self.tally.leaks.append(f"{who} was told {sorted(leaked)} by {question}: {answer[:3000]}")

    @staticmethod
    def _learn(pool: Pool, data: Any, chance: Random) -> None:
        """Keep some cursors and recurrences, for somebody else to try."""
        for name, value in leaves(data):
            if name.endswith("ursor") and isinstance(value, str) and chance.random() < 0.1:
                pool.cursors = [*pool.cursors[-30:], value]
            if isinstance(value, str) and value.startswith("rec1_"):
                pool.others = [*pool.others[-5:], value]


def pool_of(state: State) -> Pool:
    """Return what may be asked for: everything there is, whosever it is, and something that isn't there."""
    scoped = {
        Kind.TICKET: state.tickets,
        Kind.ACTIVITY: state.activities,
        Kind.USER: state.people,
        Kind.MEETING: state.meetings,
        Kind.API_TOKEN: state.tokens,
    }
    known = {kind: [global_ids.encode(kind, row.id) for row in rows] for kind, rows in scoped.items()}
    known |= {kind: [global_ids.encode(kind, key) for key in range(1, NUMBER_OF_THINGS + 1)] for kind in THINGS}
    known = {kind: [*those, global_ids.encode(kind, NOWHERE)] for kind, those in known.items()}
    words = sorted(mark for mark in state.everything if WORD.fullmatch(mark))
    return Pool(known, [], [*(row.id for row in state.tickets), NOWHERE], words)


def leaves(data: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value of an answer with its field's name."""
    match data:
        case dict():
            for key, value in data.items():
                yield from leaves(value, key)
        case list():
            for value in data:
                yield from leaves(value, name)
        case _:
            yield name, data


def short_pages(data: Any, question: Question) -> Iterator[str]:
    """Yield the pages that are short of rows and not the last, and the totals that a whole list contradicts."""
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
