"""Limits on the size of a document and of one operation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Self

from osit_graphql.api.errors import ALIASES, DEPTH, DIRECTIVES, FIELDS, MUTATIONS, ROOT_FIELDS, TooComplex, too_complex
from osit_graphql.settings import Settings

MAX_COMMENTS = 100
MAX_REPORTED_ERRORS = 5


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of `Settings.max_…`. A page with all fields of the schema has some 400 tokens."""

    characters: int
    tokens: int
    depth: int
    fields: int
    aliases: int
    root_fields: int
    mutations: int
    directives: int
    cost: int

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Return the limits in the settings."""
        return cls(**{field.name: getattr(settings, f"max_{field.name}") for field in fields(cls)})

    @classmethod
    def default(cls) -> Self:
        """Return the default limits of the settings, without reading the environment."""
        return cls.from_settings(Settings.model_construct())

    @property
    def parse_options(self) -> dict[str, Any]:
        """The limits that graphql-core's parser enforces, by its names."""
        return {
            "max_source_length": self.characters,
            "max_lexical_tokens": self.tokens,
            "max_comments": MAX_COMMENTS,
        }


@dataclass(frozen=True, slots=True)
class SelectionCounts:
    """Counts of a selection set. Each fragment counts as often as it is spread."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    width: int = 0  # the fields of the top level only

    def violations(self, limits: Limits, *, is_mutation: bool) -> Iterator[TooComplex]:
        """Yield an error for each count above its limit."""
        if is_mutation:
            root_sentence, max_width = MUTATIONS, min(limits.mutations, limits.root_fields)
        else:
            root_sentence, max_width = ROOT_FIELDS, limits.root_fields
        for sentence, count, limit in (
            (DEPTH, self.depth, limits.depth),
            (FIELDS, self.fields, limits.fields),
            (ALIASES, self.aliases, limits.aliases),
            (DIRECTIVES, self.directives, limits.directives),
            (root_sentence, self.width, max_width),
        ):
            if count > limit:
                yield too_complex(sentence, count, limit)
