"""Reads every field as every role, and compares the values with those of a person who sees everything.

Cells: `v` the value, on every visible object; `n` always null; `s` the value on some objects, null on others; `o` only
the viewer's part (of a list, count or page); `-` this role never sees an object of this type; `F` FORBIDDEN.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import GraphQLInterfaceType, GraphQLObjectType, get_named_type, is_leaf_type

from osit_graphql.api import global_ids
from osit_graphql.api.global_ids import Kind
from tests.leaks.knowledge import State
from tests.leaks.questions import SCHEMA, TYPES, QueryGenerator, roots
from tests.leaks.stage import Stage
from tests.leaks.values import ValueGenerator
from tests.leaks.watch import THINGS, pool_of
from tests.protection import PROTECTION, RLS

ALL_ROLES = "whole"  # a person with every role, who sees everything
OBJECTS = [
    type_
    for name, type_ in sorted(SCHEMA.type_map.items())
    if isinstance(type_, GraphQLObjectType) and not name.startswith("__")
]
FIELDS = [f"{type_.name}.{name}" for type_ in OBJECTS for name in type_.fields]
# Fields that contain the rows of a page, an agenda or a report.
ROWS = {"nodes", "edges", "node", "pageInfo", "ticket", "decidedBy", "figures", "total", "rows"}
ROWS |= {"application", "service", "site", "cause"}
PERIOD = {"from": "2026-01-01", "to": "2026-12-31"}


@dataclass
class Seen:
    """Responses to one person: values by field and object, and the root fields that were forbidden."""

    values: dict[str, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))
    forbidden: set[str] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)  # responses with any other error

    def note(self, data: Any, place: str) -> None:
        """Record an object and its contents; `place` identifies an object without an ID."""
        match data:
            case list():
                for index, value in enumerate(data):
                    self.note(value, f"{place}.{index}")
            case dict():
                named = data.get("__typename") or place
                where = data.get("id") or place
                if named == "AgendaItem":  # by its ticket: its position differs between viewers
                    where = f"{place.rpartition('.')[0]}.{data['ticket']['id']}"
                for name, value in data.items():
                    self.values[f"{named}.{name}"][where] = summary(value)
                    self.note(value, f"{where}.{name}")


def summary(value: Any) -> Any:
    """Return a scalar unchanged, an object's ID, or True for an object without one."""
    match value:
        case dict():
            return value.get("id", True)
        case list() if value and isinstance(value[0], dict):
            return [summary(each) for each in value]
        case _:
            return value


def fields_of(type_: Any, deeper: str = "") -> str:
    """Return a type's scalar fields, and the object field `deeper` with its scalar fields."""
    chosen = ["__typename"]
    for name, definition in type_.fields.items():
        named = get_named_type(definition.type)
        size = "(first: 20)" if "first" in definition.args else ""
        if is_leaf_type(named):
            chosen.append(name)
        elif name == deeper:
            chosen.append(f"{name}{size} {{ {inside(named)} }}")
    return " ".join(chosen)


def inside(named: Any) -> str:
    """Return a type's scalar fields, and those of its rows and amounts of money."""
    if isinstance(named, GraphQLInterfaceType):
        kinds = SCHEMA.get_possible_types(named)
        return f"__typename id {' '.join(f'... on {kind.name} {{ id }}' for kind in kinds)}"
    inner = [name for name, definition in named.fields.items() if not is_leaf_type(get_named_type(definition.type))]
    money = [name for name in inner if get_named_type(named.fields[name].type).name == "Money"]
    nested = []
    for name in dict.fromkeys([*(name for name in inner if name in ROWS), *money]):
        deeper = get_named_type(named.fields[name].type)
        shown = "__typename id" if isinstance(deeper, GraphQLInterfaceType) else inside(deeper)
        nested.append(f"{name} {{ {shown} }}")
    return " ".join([fields_of(named), *nested])


def list_documents(state: State) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield documents that read each object by its ID, each of its fields, and each root field."""
    scoped = {Kind.TICKET: state.tickets, Kind.USER: state.people, Kind.MEETING: state.meetings}
    scoped |= {Kind.API_TOKEN: state.tokens, Kind.DIRECTORY_CHANGE: state.changes}
    keys = {TYPES[kind]: [global_ids.encode(kind, row.id) for row in rows] for kind, rows in scoped.items()}
    keys |= {TYPES[kind]: [global_ids.encode(kind, key) for key in (1, 2, 3)] for kind in THINGS}
    for row in state.activities:
        name = "TicketOpened" if row.kind == "OPENED" else row.kind.title().replace("_", "")
        keys.setdefault(name, []).append(global_ids.encode(Kind.ACTIVITY, row.id))
    for name, those in keys.items():
        type_: Any = SCHEMA.type_map[name]
        others = [one for one, definition in type_.fields.items() if not is_leaf_type(get_named_type(definition.type))]
        for other in others or [""]:
            shown = f"__typename ... on {name} {{ {fields_of(type_, other)} }}"
            yield f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ {shown} }} }}", {"ids": those[:100]}
    yield from _root_documents(state)


def _root_documents(state: State) -> Iterator[tuple[str, dict[str, Any]]]:
    ticket, title = global_ids.encode(Kind.TICKET, state.tickets[0].id), state.tickets[0].title
    arguments_of = {
        "node": f'(id: "{ticket}")',
        "nodes": f'(ids: ["{ticket}"])',
        "ticket": f'(by: {{id: "{ticket}"}})',
        "similarTickets": f'(to: {{draft: {{title: "{title}"}}}})',
        "recurrences": "(period: $period, minOccurrences: 1, groupBy: $by)",
        "maintenanceCosts": "(period: $period, groupBy: $by)",
        "ticketFlow": "(period: $period, groupBy: $flow)",
    }
    assert SCHEMA.query_type is not None
    for name, definition in SCHEMA.query_type.fields.items():
        named = get_named_type(definition.type)
        arguments = arguments_of.get(name, "(first: 20)" if "first" in definition.args else "")
        sets = [fields_of(named, deeper) for deeper in named.fields] if not named.name.endswith("Connection") else []
        for shown in {inside(named), *sets}:
            document = f"{{ __typename {name}{arguments} {{ {shown} }} }}"
            variables: dict[str, Any] = {}
            if "$" in arguments:
                flow = "$flow: [FlowDimension!]!" if "$flow" in arguments else ""
                kind = {"recurrences": "RecurrenceDimension", "maintenanceCosts": "CostDimension"}.get(name)
                document = f"query ($period: Period! {flow} {f'$by: [{kind}!]!' if kind else ''}) {document}"
                every = [str(word) for word in SCHEMA.type_map[kind or "FlowDimension"].values]  # type: ignore[attr-defined]
                variables = {"period": PERIOD, "by" if kind else "flow": every}
            yield document, variables


async def read_all(stage: Stage, state: State, who: str) -> Seen:
    """Send every document as one person."""
    seen, token = Seen(), stage.company.tokens[who]
    for document, variables in list_documents(state):
        answer = await stage.api.ask(token, document, variables)
        _refusals(seen, "Query", answer.errors, document)
        seen.note(answer.data, "Query")
    return seen


async def try_all(stage: Stage, state: State, who: str, seen: Seen) -> None:
    """Send every mutation as one person, with IDs of missing objects; `signOut` comes last."""
    value_generator = ValueGenerator(
        Random("cells"), pool_of(state), stage.canary_source.word, stage.canary_source.amount, keys=0
    )
    value_generator.pool.ids = {kind: those[-1:] for kind, those in value_generator.pool.ids.items()}
    mutations = [name for name, root in roots().items() if root is SCHEMA.mutation_type]
    for name in sorted(mutations, key=lambda each: each == "signOut"):
        query = QueryGenerator(value_generator, depth=1, leaf=1.0, branch=1.0, always=frozenset({"id"})).ask(name)
        if name == "userCreate":  # the desk may create requesters only
            query.variables["v0"] = {**query.variables["v0"], "roles": ["REQUESTER"], "password": None}
        if name == "apiTokenCreate":  # for oneself: only an administrator creates one for others
            query.variables["v0"].pop("userId", None)
        answer = await stage.api.ask(stage.company.tokens[who], query.document, query.variables)
        _refusals(seen, "Mutation", answer.errors, query.document)
        done = Seen()
        done.note(answer.data, "Mutation")
        for place, values in done.values.items():  # new objects have nothing to be compared with
            if place.partition(".")[0].endswith(("Payload", "Mutation", "UserError")):
                seen.values[place] |= values


def _refusals(seen: Seen, root: str, errors: list[dict[str, Any]], document: str) -> None:
    for error in errors:
        if error["extensions"]["code"] == "FORBIDDEN":
            seen.forbidden.add(f"{root}.{error['path'][0]}")
        else:
            seen.broken.append(f"{error} {document}")


def cell(name: str, mine: Seen, reference: Seen) -> str:
    """Return the cell of a field: one person's values compared with all values."""
    values, there = mine.values.get(name, {}), reference.values.get(name, {})
    type_ = name.partition(".")[0]
    if name in mine.forbidden:
        return "F"
    if not values:
        return "-"
    if type_.endswith("Payload") or type_ == "Mutation":
        return "v"
    # Row-level security alone empties some lists; an empty list counts as null then.
    emptied = {place for place, value in values.items() if value == [] != there.get(place) and PROTECTION == RLS}
    values = {place: None if place in emptied else value for place, value in values.items()}
    nulls = [values[place] is None and there.get(place) is not None for place in values]
    same = [values[place] == there.get(place) for place in values]
    if all(same):
        return "v" if any(value is not None for value in values.values()) else "?"
    if all(null or values[place] is None for null, place in zip(nulls, values, strict=True)):
        return "n"
    return "s" if all(null or equal for null, equal in zip(nulls, same, strict=True)) else "o"
