"""Responses are the same with both protections, with visibility alone, and with row-level security alone.

Row-level security alone is not compared where it is less exact (decision 15): which names of people a viewer reads,
which of a ticket's two search documents is ranked, and whether hidden rates are null or an empty list.
"""

import re
from collections.abc import Iterator
from random import Random

import pytest

from osit_graphql.settings import Settings
from tests.client import Api
from tests.leaks.knowledge import State, read_state
from tests.leaks.questions import SCHEMA, GeneratedQuery, QueryGenerator
from tests.leaks.stage import Stage
from tests.leaks.values import ValueGenerator
from tests.leaks.watch import pool_of
from tests.protection import BOTH, PROTECTION
from tests.rls.single_protection import without_rls, without_visibility

QUESTIONS = 60
VISIBILITY_ONLY = re.compile(r"\brates\b|similarTickets|\"search\"|usr1_|Recurrence")
Queries = list[tuple[str, GeneratedQuery]]


def draw(stage: Stage, state: State) -> Iterator[tuple[str, GeneratedQuery]]:
    """Yield documents with the person who sends them."""
    chance = Random("differential")
    query_generator = QueryGenerator(
        ValueGenerator(chance, pool_of(state), stage.canary_source.word, stage.canary_source.amount)
    )
    assert SCHEMA.query_type is not None
    names = list(SCHEMA.query_type.fields)
    for place in range(QUESTIONS):
        yield chance.choice(stage.people), query_generator.ask(names[place % len(names)])


async def read_responses(api: Api, stage: Stage, questions: Queries) -> list[str]:
    """Return the responses."""
    responses = [await api.ask(stage.company.tokens[who], each.document, each.variables) for who, each in questions]
    assert [answer.text for answer in responses if "INTERNAL" in answer.text] == []
    return [answer.text for answer in responses]


@pytest.mark.skipif(PROTECTION != BOTH, reason="the test removes a protection itself")
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")  # graphql-core ends what had not begun
async def test_each_protection_alone_gives_the_same_responses(
    stage: Stage, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions = list(draw(stage, await read_state(stage.admin)))
    both = await read_responses(stage.api, stage, questions)
    async with without_rls(stage.company.database) as database, Api(settings, database) as api:
        assert await read_responses(api, stage, questions) == both
    without_visibility(monkeypatch)
    compared = [place for place, (_, each) in enumerate(questions) if not VISIBILITY_ONLY.search(repr(each))]
    second = await read_responses(stage.api, stage, [questions[place] for place in compared])
    assert second == [both[place] for place in compared]
    assert len(compared) > QUESTIONS / 3
