"""A schema with every construct that generated code covers or leaves to graphql-core, and valid data for it."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.types.scalar import ScalarDefinition

T = TypeVar("T")
MOMENT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@strawberry.enum
class Colour(enum.Enum):
    """An enumeration whose values are not its names."""

    RED = "r"
    GREEN = 2
    BLUE = (3, 4)


def serialize_amount(value: Any) -> str:
    """Serialize decimals only, and zero as None."""
    if not isinstance(value, Decimal):
        raise TypeError(f"not an amount: {value!r}")
    return str(value) if value else None  # type: ignore[return-value]


SCALARS: dict[object, ScalarDefinition] = {
    Decimal: strawberry.scalar(name="Amount", serialize=serialize_amount, parse_value=Decimal),
}


class UpperCase(FieldExtension):
    """An extension that changes a field's value."""

    def resolve(self, next_: Any, source: Any, info: strawberry.Info, **kwargs: Any) -> Any:
        """Return the text in upper case."""
        text = next_(source, info, **kwargs)
        return text.upper() if isinstance(text, str) else text

    async def resolve_async(self, next_: Any, source: Any, info: strawberry.Info, **kwargs: Any) -> Any:
        """Return the text in upper case, asynchronously."""
        text = await next_(source, info, **kwargs)
        return text.upper() if isinstance(text, str) else text


@strawberry.interface
class Named:
    """An interface."""

    name: str


@strawberry.type
class Leaf:
    """Every kind of leaf, nullable and not."""

    id: strawberry.ID
    text: str
    number: int
    ratio: float
    flag: bool
    colour: Colour
    moment: datetime
    amount: Decimal
    maybe_id: strawberry.ID | None = None
    maybe_text: str | None = None
    maybe_number: int | None = None
    maybe_ratio: float | None = None
    maybe_flag: bool | None = None
    maybe_colour: Colour | None = None
    maybe_moment: datetime | None = None
    maybe_amount: Decimal | None = None
    texts: list[str] = field(default_factory=list)
    maybe_texts: list[str | None] | None = None
    table: list[list[int | None] | None] = field(default_factory=list)


@strawberry.type
class Cat(Named):
    """An object type of the interface."""

    lives: int
    leaf: Leaf | None = None


@strawberry.type
class Dog(Named):
    """Another one, with a resolver."""

    leaf: Leaf | None = None

    @strawberry.field
    async def bark(self, times: int = 1) -> str:
        """Return a text."""
        return "woof" * times


@strawberry.type
class Wolf(Dog):
    """A subclass with a type of its own."""

    pack: int | None = 1


@strawberry.type
class Box(Generic[T]):
    """A generic type."""

    content: T | None
    label: str


@strawberry.type
class Branch:
    """Objects, lists, interfaces, unions, and fields with resolvers or extensions."""

    name: str
    leaf: Leaf
    maybe_leaf: Leaf | None
    leaves: list[Leaf]
    maybe_leaves: list[Leaf | None] | None
    pet: Named
    pets: list[Named | None]
    either: Annotated[Cat | Leaf, strawberry.union("Either")] | None
    box: Box[Leaf] | None
    branch: Branch | None = None
    loud: str | None = strawberry.field(extensions=[UpperCase()], default=None)

    @strawberry.field
    def length(self, info: strawberry.Info) -> int:
        """Resolve with `info`."""
        return len(self.name) + len(str(info.path.key))

    @strawberry.field
    async def later(self, fail: bool = False) -> Leaf | None:
        """Resolve asynchronously, or fail."""
        if fail:
            raise ValueError("as asked")
        return self.maybe_leaf


def leaf(**changes: Any) -> Leaf:
    """Return a valid leaf with changes."""
    valid: dict[str, Any] = {
        "id": strawberry.ID("1"),
        "text": "été",
        "number": 3,
        "ratio": 0.5,
        "flag": True,
        "colour": Colour.RED,
        "moment": MOMENT,
        "amount": Decimal("1.50"),
        "texts": ["a", "b"],
        "maybe_texts": ["a", None],
        "table": [[1, None], None, []],
    }
    return Leaf(**valid | changes)


def branch(**changes: Any) -> Branch:
    """Return a valid branch with changes."""
    valid: dict[str, Any] = {
        "name": "main",
        "leaf": leaf(),
        "maybe_leaf": leaf(maybe_colour=Colour.BLUE),
        "leaves": [leaf(), leaf(number=4)],
        "maybe_leaves": [leaf(), None],
        "pet": Cat(name="Mia", lives=9),
        "pets": [Dog(name="Rex"), None, Cat(name="Tom", lives=1, leaf=leaf())],
        "either": Cat(name="Félix", lives=7),
        "box": Box(content=leaf(), label="box"),
        "loud": "hush",
    }
    return Branch(**valid | changes)


def iterate_once(values: list[Any]) -> Iterator[Any]:
    """Return values that can be iterated once only."""
    yield from values


class Delayed:
    """An awaitable; unlike a coroutine, it may stay without an `await`."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __await__(self) -> Any:
        """Return the value after an iteration of the event loop."""
        yield
        return self.value


def build(query: type, **options: Any) -> strawberry.Schema:
    """Build a schema of all these types."""
    return strawberry.Schema(query, types=[Cat, Dog, Wolf], config=StrawberryConfig(scalar_map=SCALARS), **options)
