"""What may stand in an argument, by its type and its name: own, foreign, wrong or made up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLList, GraphQLNonNull, is_required_input_field

from osit_graphql.api.global_ids import Kind

# What an argument or a box of an input is an id of. `id` is whatever its field says: OWN, below.
IDS: Mapping[str, Kind] = {
    "applicationId": Kind.APPLICATION,
    "applicationIds": Kind.APPLICATION,
    "assigneeId": Kind.USER,
    "assigneeIds": Kind.USER,
    "causeId": Kind.CAUSE,
    "causeIds": Kind.CAUSE,
    "defaultServiceId": Kind.SERVICE,
    "meetingId": Kind.MEETING,
    "requesterId": Kind.USER,
    "requesterIds": Kind.USER,
    "serviceId": Kind.SERVICE,
    "serviceIds": Kind.SERVICE,
    "siteId": Kind.SITE,
    "siteIds": Kind.SITE,
    "suspectedCauseId": Kind.CAUSE,
    "ticketId": Kind.TICKET,
    "ticketIds": Kind.TICKET,
    "userId": Kind.USER,
}
# By the beginning of a field's name, what its `id` is; `node`, `nodes` take anything.
OWN: Mapping[str, Kind] = {
    "apiToken": Kind.API_TOKEN,
    "application": Kind.APPLICATION,
    "cause": Kind.CAUSE,
    "intervention": Kind.ACTIVITY,
    "meeting": Kind.MEETING,
    "service": Kind.SERVICE,
    "site": Kind.SITE,
    "ticket": Kind.TICKET,
    "user": Kind.USER,
}
ANY = {"node", "nodes"}
CURSORS = {"after", "before"}
SIZES = {"first": 20, "last": 20, "minutes": 59, "minOccurrences": 2}
ABSENT = {"expectedVersion"}  # a guess would only be refused
KEY = "idempotencyKey"


def kind_of(name: str, root: str) -> Kind | None:
    """Return what an id in this place is of, None for anything; fails for a place that nobody has thought of."""
    if name in IDS:
        return IDS[name]
    if root in ANY:
        return None
    [kind] = [kind for start, kind in OWN.items() if root.startswith(start)]
    return kind


def is_one_of(type_: Any) -> bool:
    """Whether exactly one of an input's boxes is filled in; Strawberry keeps that to itself."""
    definition = getattr(type_, "extensions", {}).get("strawberry-definition")
    return bool(getattr(definition, "is_one_of", False))


@dataclass
class Pool:
    """What may stand in an argument: ids by kind, numbers, words to look for, cursors, whosever they are."""

    ids: dict[Kind, list[str]]
    others: list[str]  # ids of no row: recurrences
    numbers: list[int]
    words: list[str]
    cursors: list[str] = field(default_factory=list)


@dataclass
class Drawer:
    """Draws values; `mint` gives a new text and `price` a new amount, for what is written."""

    chance: Random
    pool: Pool
    mint: Callable[[], str]
    price: Callable[[], Decimal]
    keys: int = 5  # how many idempotency keys everybody draws from; with 0 nothing has one

    def draw(self, type_: Any, name: str, root: str) -> Any:
        """Return a value for an argument, or for a box of an input, of this root field."""
        match type_:
            case GraphQLNonNull():
                return self.draw(type_.of_type, name, root)
            case GraphQLList():
                return [self.draw(type_.of_type, name, root) for _ in range(self.chance.choice([0, 1, 1, 1, 2, 3]))]
            case GraphQLEnumType():
                return self.chance.choice(list(type_.values))
            case GraphQLInputObjectType():
                return {box: self.draw(type_.fields[box].type, box, root) for box in self._boxes(type_)}
            case _:
                return self._plain(str(type_), name, root)

    def redraw(self, value: Any, type_: Any, name: str, root: str) -> Any:
        """Return another value for the same place; of the same kind where it may be an id of anything."""
        kind = next((kind for kind in Kind if root in ANY and isinstance(value, str) and value.startswith(kind)), None)
        return self.draw(type_, name, root) if kind is None else self.chance.choice(self.pool.ids[kind])

    def _boxes(self, type_: GraphQLInputObjectType) -> list[str]:
        if is_one_of(type_):
            return [self.chance.choice(list(type_.fields))]
        share = 1.2 / len(type_.fields) if "not" in type_.fields else 0.4  # a filter that keeps something
        return [
            name
            for name, box in type_.fields.items()
            if is_required_input_field(box) or (name not in self._absent and self.chance.random() < share)
        ]

    @property
    def _absent(self) -> set[str]:
        return ABSENT if self.keys else ABSENT | {KEY}

    def _plain(self, type_: str, name: str, root: str) -> Any:
        drawn: Mapping[str, Callable[[], Any]] = {
            "ID": lambda: self._id(name, root),
            "Int": lambda: self._number(name),
            "Boolean": lambda: self.chance.random() < 0.5,
            "Decimal": lambda: str(self.price()),
            "Date": lambda: f"2026-{self.chance.randint(1, 12):02}-10" if name == "from" else "2026-12-31",
            "DateTime": lambda: f"202{self.chance.choice('0569')}-0{self.chance.randint(1, 9)}-05T09:00:00Z",
            "String": lambda: self._text(name, root),
        }
        return drawn[type_]()

    def _number(self, name: str) -> int:
        if name == "number":
            return self.chance.choice(self.pool.numbers)
        return SIZES[name] if self.chance.random() < 0.6 else self.chance.randint(1, SIZES[name])

    def _id(self, name: str, root: str) -> str:
        kind = kind_of(name, root)
        kinds = list(self.pool.ids) if kind is None else [kind]
        chosen = self.pool.ids[self.chance.choice(kinds)]
        return self.chance.choice([*chosen, *self.pool.others] if kind is None else chosen)

    def _text(self, name: str, root: str) -> str:
        if name in CURSORS:
            return self.chance.choice(self.pool.cursors or ["W10"])
        if name == KEY:
            return f"key{self.chance.randint(1, self.keys)}"
        if name == "search" or root == "similarTickets":
            return " ".join(self.chance.sample(self.pool.words, self.chance.randint(1, 2)))
        minted = self.mint()
        return f"{minted.replace(' ', '.')}@example.com" if name == "email" else minted
