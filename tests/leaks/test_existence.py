"""A8: what is absent and what is not yours are one answer: the same bytes but the id, at every place that takes one.

Zammad CVE-2024-33668, GLPI #127, WhaTicket CVE-2026-111709: an id in the URL; the difference between 404 and 403 tells
what exists. The places are found by walking the schema, so that a new one is tried by itself.
"""

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLList, get_named_type

from osit_graphql.api import global_ids
from osit_graphql.api.global_ids import Kind
from tests.leaks.knowledge import State, read_state
from tests.leaks.questions import Principal, Question, roots
from tests.leaks.stage import Stage
from tests.leaks.values import ANY, Drawer, is_one_of, kind_of
from tests.leaks.watch import NOWHERE, SPARED, pool_of

SCOPED = (Kind.TICKET, Kind.ACTIVITY, Kind.USER, Kind.MEETING, Kind.API_TOKEN)
# Nobody of these sees everything; unions of roles among them.
BLIND = ("requester", "stranger", "everyman", "developer", "network", "fitter", "admin", "keeper", "mender")
Place = tuple[str, tuple[str, ...]]


def boxes(type_: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the paths to the ids and numbers inside an argument; a filter's filters are the filter again."""
    named = get_named_type(type_)
    if isinstance(named, GraphQLInputObjectType):
        for name, box in named.fields.items():
            if get_named_type(box.type) is not named:
                yield from boxes(box.type, (*path, name))
    elif named.name == "ID" or path[-1] == "number":
        yield path


PLACES: list[Place] = [
    (name, path)
    for name, root in roots().items()
    if name not in {"signIn", "signOut", "viewerPasswordChange"}
    for argument, definition in root.fields[name].args.items()
    for path in boxes(definition.type, (argument,))
]


def kinds_of(place: Place) -> tuple[Kind, ...]:
    """Return the kinds whose ids say something of somebody and may stand here."""
    root, path = place
    if path[-1] == "number":
        return (Kind.TICKET,)
    kind = kind_of(path[-1], root)
    return SCOPED if kind is None else tuple(one for one in SCOPED if one is kind)


def put(question: Question, place: Place, value: str | int) -> Question:
    """Return the question with this id in its place, and nothing that isn't needed beside it."""
    _, (argument, *rest) = place
    variable = next(name for name, (_, path) in question.places.items() if path == argument)
    type_ = question.places[variable][0]
    box: Any = question.variables[variable]
    if not rest:
        box = [value] if argument in {"ids", "ticketIds"} else value
    else:
        filled = box if isinstance(box, dict) and not is_one_of(get_named_type(type_)) else {}
        inner = get_named_type(type_).fields[rest[-1]].type
        many = isinstance(getattr(inner, "of_type", inner), GraphQLList) or isinstance(inner, GraphQLList)
        box = filled | {rest[-1]: [value] if many else value}
    return Question(question.name, question.document, question.variables | {variable: box}, question.places)


def asking(place: Place, state: State, stage: Stage) -> Question:
    """Return a question with this argument, whose answer has every plain field."""
    drawer = Drawer(Random("existence"), pool_of(state), stage.aviary.word, stage.aviary.amount, keys=0)
    return Principal(drawer, depth=1, leaf=1.0, branch=0.0, always=frozenset({place[1][0]})).ask(place[0])


def foreign(state: State, who: int) -> dict[Kind, list[int]]:
    """Return the rows that somebody must take for absent, by kind."""
    known = state.known(who)
    rows = (state.tickets, state.activities, state.people, state.meetings, state.tokens)
    return {
        kind: [row.id for row in rows_of_kind if global_ids.encode(kind, row.id) not in known]
        for kind, rows_of_kind in zip(SCOPED, rows, strict=True)
    }


@pytest.mark.parametrize("who", BLIND)
async def test_the_absent_and_the_forbidden_are_one_answer(stage: Stage, who: str) -> None:
    state = await read_state(stage.admin)
    hidden, token = foreign(state, stage.company.keys[who]), stage.company.tokens[who]
    before, compared = await stage.company.snapshot(), 0
    for place in PLACES:
        question = asking(place, state, stage)
        for kind in kinds_of(place):
            for key in Random(f"{place} {who}").sample(hidden[kind], min(4, len(hidden[kind]))):
                there, nowhere = global_ids.encode(kind, key), global_ids.encode(kind, NOWHERE)
                pair: list[Any] = [key, NOWHERE] if place[1][-1] == "number" else [there, nowhere]
                answers = []
                for value in pair:
                    altered = put(question, place, value)
                    answer = await stage.api.ask(token, altered.document, altered.variables)
                    assert "GRAPHQL_VALIDATION_FAILED" not in answer.text
                    assert "BAD_USER_INPUT" not in answer.text, (place, altered)
                    answers.append((answer.status, answer.text.replace(str(value), "ID")))
                assert answers[0] == answers[1], (place, who)
                compared += 1
    assert compared > len(PLACES) / 2
    assert await stage.company.snapshot() == before


def test_every_place_is_tried() -> None:
    assert len(PLACES) > 70
    assert {name for name, _ in PLACES} >= {*ANY, "ticket", "similarTickets", "interventionVoid", "meetingUpdate"}
    assert SPARED - {"userUpdate"} == set(SPARED) - {name for name, _ in PLACES}
