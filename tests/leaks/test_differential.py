"""One law, two walls: the same questions get the same answers from both walls, from the first alone, from the second.

Left out of the second's: what only the first one settles to the last word (decision 15). Whose names somebody meets,
which of a ticket's two documents is ranked, and whether rates that are hidden are no list or an empty one.
"""

import re
from collections.abc import Iterator
from random import Random

import pytest

from osit_graphql.settings import Settings
from tests.client import Api
from tests.leaks.knowledge import State, read_state
from tests.leaks.questions import SCHEMA, Principal, Question
from tests.leaks.stage import Stage
from tests.leaks.values import Drawer
from tests.leaks.watch import pool_of
from tests.protection import BOTH, PROTECTION
from tests.rls.single_protection import without_rls, without_visibility

QUESTIONS = 60
FIRST_ONLY = re.compile(r"\brates\b|similarTickets|\"search\"|usr1_|Recurrence")
Questions = list[tuple[str, Question]]


def draw(stage: Stage, state: State) -> Iterator[tuple[str, Question]]:
    """Yield questions with whoever asks them."""
    chance = Random("differential")
    asker = Principal(Drawer(chance, pool_of(state), stage.aviary.word, stage.aviary.amount))
    assert SCHEMA.query_type is not None
    names = list(SCHEMA.query_type.fields)
    for place in range(QUESTIONS):
        yield chance.choice(stage.people), asker.ask(names[place % len(names)])


async def hear(api: Api, stage: Stage, questions: Questions) -> list[str]:
    """Return the answers."""
    responses = [await api.ask(stage.company.tokens[who], each.document, each.variables) for who, each in questions]
    assert [answer.text for answer in responses if "INTERNAL" in answer.text] == []
    return [answer.text for answer in responses]


@pytest.mark.skipif(PROTECTION != BOTH, reason="it takes the walls away itself")
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")  # graphql-core ends what had not begun
async def test_each_wall_alone_gives_the_answers_of_both(
    stage: Stage, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions = list(draw(stage, await read_state(stage.admin)))
    both = await hear(stage.api, stage, questions)
    async with without_rls(stage.company.database) as database, Api(settings, database) as api:
        assert await hear(api, stage, questions) == both
    without_visibility(monkeypatch)
    settled = [place for place, (_, each) in enumerate(questions) if not FIRST_ONLY.search(repr(each))]
    second = await hear(stage.api, stage, [questions[place] for place in settled])
    assert second == [both[place] for place in settled]
    assert len(settled) > QUESTIONS / 3
