"""Random values for arguments, by type and name: IDs of visible and hidden objects, and invalid values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLList, GraphQLNonNull, is_required_input_field

from osit_graphql.api.global_ids import Kind

# The kind of ID by argument or input field. OWN has the kind of `id` by root field.
IDS: Mapping[str, Kind] = {
    "actorId": Kind.USER,
    "applicationId": Kind.APPLICATION,
    "applicationIds": Kind.APPLICATION,
    "assigneeId": Kind.USER,
    "assigneeIds": Kind.USER,
    "causeId": Kind.CAUSE,
    "causeIds": Kind.CAUSE,
    "defaultServiceId": Kind.SERVICE,
    "meetingId": Kind.MEETING,
    "objectId": Kind.USER,
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
# The kind of `id` by the beginning of the root field's name; `node` and `nodes` take any kind.
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
ABSENT = {"expectedVersion"}  # a random version is refused
KEY = "idempotencyKey"


def kind_of(name: str, root: str) -> Kind | None:
    """Return the kind of an ID argument, None for any kind; fails for an argument that is not in the tables."""
    if name in IDS:
        return IDS[name]
    if root in ANY:
        return None
    [kind] = [kind for start, kind in OWN.items() if root.startswith(start)]
    return kind


def is_one_of(type_: Any) -> bool:
    """Whether an input is a `@oneOf` input; Strawberry does not tell graphql-core."""
    definition = getattr(type_, "extensions", {}).get("strawberry-definition")
    return bool(getattr(definition, "is_one_of", False))


@dataclass
class Pool:
    """Values for arguments, of any viewer: IDs by kind, ticket numbers, search words, cursors."""

    ids: dict[Kind, list[str]]
    others: list[str]  # ids of no row: recurrences
    numbers: list[int]
    words: list[str]
    cursors: list[str] = field(default_factory=list)


@dataclass
class ValueGenerator:
    """Generates random values. `mint` returns a new text and `price` a new amount, for values that are written."""

    chance: Random
    pool: Pool
    mint: Callable[[], str]
    price: Callable[[], Decimal]
    keys: int = 5  # number of idempotency keys; 0: none is sent

    def draw(self, type_: Any, name: str, root: str) -> Any:
        """Return a value for an argument or input field of this root field."""
        match type_:
            case GraphQLNonNull():
                return self.draw(type_.of_type, name, root)
            case GraphQLList():
                return [self.draw(type_.of_type, name, root) for _ in range(self.chance.choice([0, 1, 1, 1, 2, 3]))]
            case GraphQLEnumType():
                return self.chance.choice(list(type_.values))
            case GraphQLInputObjectType():
                return {
                    input_field: self.draw(type_.fields[input_field].type, input_field, root)
                    for input_field in self._input_fields(type_)
                }
            case _:
                return self._plain(str(type_), name, root)

    def redraw(self, value: Any, type_: Any, name: str, root: str) -> Any:
        """Return another value for the same argument; for `node`, another ID of the same kind."""
        kind = next((kind for kind in Kind if root in ANY and isinstance(value, str) and value.startswith(kind)), None)
        return self.draw(type_, name, root) if kind is None else self.chance.choice(self.pool.ids[kind])

    def _input_fields(self, type_: GraphQLInputObjectType) -> list[str]:
        if is_one_of(type_):
            return [self.chance.choice(list(type_.fields))]
        share = 1.2 / len(type_.fields) if "not" in type_.fields else 0.4  # so that filters match some tickets
        return [
            name
            for name, input_field in type_.fields.items()
            if is_required_input_field(input_field) or (name not in self._absent and self.chance.random() < share)
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
