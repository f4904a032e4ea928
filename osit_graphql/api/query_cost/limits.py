"""How large a document may be, and how much one operation may ask for."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Self

from osit_graphql.api.errors import (
    ALIASES,
    DEPTH,
    DIRECTIVES,
    FIELDS,
    MUTATIONS,
    ROOTS,
    TooComplex,
    too_complex,
)
from osit_graphql.settings import Settings


@dataclass(frozen=True, slots=True)
class Limits:
    """What a document may be; a page of every field there is has some 400 tokens. Settings call them `max_…`."""

    characters: int = 20_000
    tokens: int = 1_000
    comments: int = 100
    depth: int = 12
    fields: int = 500
    aliases: int = 30
    root_fields: int = 20
    mutations: int = 5
    directives: int = 50
    cost: int = 20_000
    errors: int = 5

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return what the settings say; what is no setting stays as it is here."""
        named = {field.name: f"max_{field.name}" for field in fields(cls)}
        return cls(**{name: getattr(settings, max_) for name, max_ in named.items() if hasattr(settings, max_)})

    @property
    def parse_options(self) -> dict[str, Any]:
        """The first three, by the names that graphql-core's parser gives them."""
        return {
            "max_source_length": self.characters,
            "max_lexical_tokens": self.tokens,
            "max_comments": self.comments,
        }


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted in a selection, with every fragment unfolded as often as it is spread."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    width: int = 0  # fields of this level alone

    def beyond(self, limits: Limits, *, writing: bool) -> Iterator[TooComplex]:
        """Yield what is more than allowed."""
        roots = (MUTATIONS, min(limits.mutations, limits.root_fields)) if writing else (ROOTS, limits.root_fields)
        for sentence, counted, limit in (
            (DEPTH, self.depth, limits.depth),
            (FIELDS, self.fields, limits.fields),
            (ALIASES, self.aliases, limits.aliases),
            (DIRECTIVES, self.directives, limits.directives),
            (roots[0], self.width, roots[1]),
        ):
            if counted > limit:
                yield too_complex(sentence, counted, limit)
