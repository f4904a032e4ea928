"""A8: for every ID argument, a hidden ID and a missing one have the same response, except for the ID itself.

Zammad CVE-2024-33668, GLPI #127, WhaTicket CVE-2026-111709: a 403 in place of a 404 showed that an object exists.
The arguments come from the schema, so that new ones are tested too.
"""

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLList, get_named_type

from osit_graphql.api import global_ids
from osit_graphql.api.global_ids import Kind
from tests.leaks.knowledge import State, read_state
from tests.leaks.questions import GeneratedQuery, QueryGenerator, roots
from tests.leaks.stage import Stage
from tests.leaks.values import ANY, ValueGenerator, is_one_of, kind_of
from tests.leaks.watch import EXCLUDED_MUTATIONS, NOWHERE, pool_of

SCOPED = (Kind.TICKET, Kind.ACTIVITY, Kind.USER, Kind.MEETING, Kind.API_TOKEN, Kind.DIRECTORY_CHANGE)
# People who do not see everything, some with several roles.
BLIND = ("requester", "stranger", "everyman", "developer", "network", "fitter", "admin", "keeper", "mender")
Place = tuple[str, tuple[str, ...]]


def id_paths(type_: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the paths to IDs and numbers inside an argument, without the filters nested in a filter."""
    named = get_named_type(type_)
    if isinstance(named, GraphQLInputObjectType):
        for name, box in named.fields.items():
            if get_named_type(box.type) is not named:
                yield from id_paths(box.type, (*path, name))
    elif named.name == "ID" or path[-1] == "number":
        yield path


PLACES: list[Place] = [
    (name, path)
    for name, root in roots().items()
    if name not in {"signIn", "signOut", "viewerPasswordChange"}
    for argument, definition in root.fields[name].args.items()
    for path in id_paths(definition.type, (argument,))
]


def kinds_of(place: Place) -> tuple[Kind, ...]:
    """Return the kinds of objects with limited visibility whose IDs this argument accepts."""
    root, path = place
    if path[-1] == "number":
        return (Kind.TICKET,)
    kind = kind_of(path[-1], root)
    return SCOPED if kind is None else tuple(one for one in SCOPED if one is kind)


def put(question: GeneratedQuery, place: Place, value: str | int) -> GeneratedQuery:
    """Return the document with this ID as the argument's value."""
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
    return GeneratedQuery(question.name, question.document, question.variables | {variable: box}, question.places)


def generate_query(place: Place, state: State, stage: Stage) -> GeneratedQuery:
    """Return a document with this argument that selects every scalar field."""
    value_generator = ValueGenerator(
        Random("existence"), pool_of(state), stage.canary_source.word, stage.canary_source.amount, keys=0
    )
    return QueryGenerator(value_generator, depth=1, leaf=1.0, branch=0.0, always=frozenset({place[1][0]})).ask(place[0])


def hidden_keys(state: State, who: int) -> dict[Kind, list[int]]:
    """Return the keys of the objects that are hidden from a person, by kind."""
    known = state.known(who)
    rows = (state.tickets, state.activities, state.people, state.meetings, state.tokens, state.changes)
    return {
        kind: [row.id for row in rows_of_kind if global_ids.encode(kind, row.id) not in known]
        for kind, rows_of_kind in zip(SCOPED, rows, strict=True)
    }


@pytest.mark.parametrize("who", BLIND)
async def test_hidden_and_missing_ids_have_the_same_response(stage: Stage, who: str) -> None:
    state = await read_state(stage.admin)
    hidden, token = hidden_keys(state, stage.company.keys[who]), stage.company.tokens[who]
    before, compared = await stage.company.snapshot(), 0
    for place in PLACES:
        question = generate_query(place, state, stage)
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


def test_every_id_argument_is_tested() -> None:
    assert len(PLACES) > 70
    assert {name for name, _ in PLACES} >= {*ANY, "ticket", "similarTickets", "interventionVoid", "meetingUpdate"}
    assert EXCLUDED_MUTATIONS - {"userUpdate"} == set(EXCLUDED_MUTATIONS) - {name for name, _ in PLACES}
