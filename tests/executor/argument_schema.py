"""A schema with every form of argument; its fields return the arguments that their resolvers got."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

import strawberry
from strawberry.extensions import FieldExtension, ParserCache
from strawberry.schema.config import StrawberryConfig
from strawberry.types.scalar import ScalarDefinition


@strawberry.enum
class Size(enum.Enum):
    """An enumeration whose values are not its names."""

    SMALL = 1
    LARGE = "l"


def read_even(value: Any) -> int:
    """Read even numbers only."""
    if value.__class__ is not int or value % 2:
        raise ValueError(f"odd: {value!r}")
    return int(value)


class Even:
    """The class of the scalar `Even`."""


SCALARS: dict[object, ScalarDefinition] = {
    Even: strawberry.scalar(name="Even", serialize=int, parse_value=read_even),
}


@strawberry.input(one_of=True)
class By:
    """A `@oneOf` input."""

    id: strawberry.ID | None = strawberry.UNSET
    number: int | None = strawberry.UNSET


@strawberry.input
class Inner:
    """An input within another."""

    text: str
    size: Size = Size.SMALL
    evens: list[Even] | None = None


@strawberry.input
class Outer:
    """An input with every form of field, itself among them."""

    needed: int
    inner: Inner | None = strawberry.UNSET
    many: list[Inner] = strawberry.field(default_factory=list)
    flags: list[bool | None] | None = None
    day: date | None = None
    more: list[Outer] | None = strawberry.UNSET
    perhaps: strawberry.Maybe[int | None] = None


@strawberry.input
class Picky:
    """An input whose constructor may fail."""

    number: int

    def __post_init__(self) -> None:
        """Fail for one number."""
        if self.number == 13:
            raise ValueError("not thirteen")


@strawberry.input
class Plain:
    """The same without the fields that only Strawberry reads."""

    needed: int
    inner: Inner | None = strawberry.UNSET
    many: list[Inner] = strawberry.field(default_factory=list)
    more: list[Plain] | None = strawberry.UNSET
    by: By | None = None


class Count(FieldExtension):
    """An extension that gets the arguments."""

    async def resolve_async(self, next_: Any, source: Any, info: strawberry.Info, **kwargs: Any) -> Any:
        """Prepend the number of arguments."""
        return f"{len(kwargs)} {await next_(source, info, **kwargs)}"


class Double(FieldExtension):
    """An extension that changes the arguments."""

    def map_arguments(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        """Double each value."""
        return {name: value * 2 for name, value in kwargs.items()}


@strawberry.type
class Thing:
    """An object with resolvers."""

    name: str

    @strawberry.field
    def arguments(self, info: strawberry.Info, of: str | None = "nothing", sizes: list[Size] | None = None) -> str:
        """Return the arguments and `info`."""
        return f"{self.name} {of!r} {sizes!r} {info.field_name} {info.path.as_list()} {sorted(info.variable_values)}"

    @strawberry.field
    def of(root: strawberry.Parent[Thing]) -> str:  # noqa: N805 - Strawberry's way
        """Return the name of the parent."""
        return root.name


@strawberry.type
class Query:
    """Fields that return their arguments."""

    @strawberry.field
    async def outer(self, value: Outer) -> str:
        """Return an input."""
        return repr(value)

    @strawberry.field
    def plain(self, value: Plain | None = None, by: By | None = None) -> str:
        """Return two inputs."""
        return repr((value, by))

    @strawberry.field
    async def picky(self, value: Picky) -> str | None:
        """Return the created input."""
        return repr(value)

    @strawberry.field(extensions=[Count()])
    async def counted(
        self,
        info: strawberry.Info,
        number: int = 3,
        name: Annotated[str | None, strawberry.argument(name="word")] = None,
    ) -> str:
        """Return the arguments, through an extension."""
        return f"{info.field_name} {number!r} {name!r}"

    @strawberry.field(extensions=[Double()])
    def doubled(self, word: str) -> str:
        """Return the argument that an extension changed."""
        return word

    @strawberry.field
    def leaves(
        self,
        evens: list[Even] | None = None,
        size: Size = Size.LARGE,
        ratio: float = 0.5,
        flag: bool | None = strawberry.UNSET,
    ) -> str:
        """Return leaves."""
        return repr((evens, size, ratio, flag))

    @strawberry.field
    async def thing(self, name: str = "thing") -> Thing:
        """Return an object."""
        if name == "none":
            raise ValueError("there is none")
        return Thing(name=name)


@strawberry.type
class Mutation:
    """Fields that run in sequence."""

    @strawberry.mutation
    async def first(self, value: Plain) -> str:
        """Return the input."""
        return repr(value)

    @strawberry.mutation
    def second(self, fail: bool = False) -> str:
        """Return a text, or fail."""
        if fail:
            raise ValueError("as asked")
        return "second"


def build(more: Sequence[Any] = (), **options: Any) -> strawberry.Schema:
    """Build the schema; the compiled executor needs a cache of parsed documents. `more`: other extensions."""
    return strawberry.Schema(
        Query, Mutation, config=StrawberryConfig(scalar_map=SCALARS), extensions=[ParserCache, *more], **options
    )
