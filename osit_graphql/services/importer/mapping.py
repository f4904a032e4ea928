"""The map of an export: a TOML file that assigns its columns, validated before any row is read."""

import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from osit_graphql.db.models import name_key
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import Criticality, Severity, Status
from osit_graphql.domain.errors import SetupError
from osit_graphql.services.importer.time_parser import check_date_format, check_time_zone

V = TypeVar("V")


def compose(text: str) -> str:
    """Return the text in the Unicode form NFC, in which an accent and its letter are one character."""
    return unicodedata.normalize("NFC", text)


@lru_cache(maxsize=10_000)
def fold(text: str) -> str:
    """Return the key of a heading or value: case, accents, their encoding, spaces and apostrophes don't matter."""
    return " ".join(name_key(text).replace("’", "'").split())


def parse_template(template: str) -> list[tuple[str, str | None]]:
    """Split a template into (text, column or None); only plain `{column}` fields are valid."""
    try:
        parts = list(Formatter().parse(template))
    except ValueError:
        raise ValueError("has unmatched braces; write a column as {column}") from None
    if any(column == "" or form or conversion for _, column, form, conversion in parts if column is not None):
        raise ValueError("has braces that contain more than a column's name")
    return [(text, column) for text, column, _, _ in parts]


def _template(value: str) -> str:
    parse_template(value)
    return value


def _encoding(value: str) -> str:
    try:
        "é".encode(value, errors="replace").decode(value, errors="replace")
    except (LookupError, UnicodeError):
        raise ValueError("is not an encoding, like utf-8") from None
    return "utf-8-sig" if value.lower().replace("_", "-") in {"utf-8", "utf8"} else value


def _open_or_closed(value: object) -> object:
    if value == Status.PENDING_DECISION:
        raise ValueError("must be OPEN or CLOSED; OSIT derives PENDING_DECISION itself")
    return value


Name = Annotated[str, Field(min_length=1, max_length=permissions.NAME_LIMIT)]
Heading = Annotated[str, Field(min_length=1)]
Template = Annotated[str, Field(min_length=1), AfterValidator(_template)]
State = Annotated[Status, BeforeValidator(_open_or_closed)]


class MapSection(BaseModel):
    """A table of the map; an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class FileFormat(MapSection):
    """The format of the file.

    `unknown` is its marker for unknown values. `html` lists columns that contain HTML, `repeated` columns that occur
    more than once. A line with `footer` at the beginning of its only cell is not an incident.
    """

    encoding: Annotated[str, AfterValidator(_encoding)] = "utf-8-sig"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    unknown: Annotated[str, AfterValidator(compose)] = ""
    date_format: Annotated[str, AfterValidator(check_date_format)] = "%Y-%m-%d %H:%M:%S"
    time_zone: Annotated[str, AfterValidator(check_time_zone)] = "UTC"
    html: frozenset[Heading] = frozenset()
    repeated: frozenset[Heading] = frozenset()
    footer: Heading | None = None

    # A delimiter may be a tab, which the stripping of the other tables would remove.
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=False)


class Columns(MapSection):
    """The columns of the incident's number and of the row's author, if there is one."""

    number: Heading
    updated_by: Heading | None = None


class Times(MapSection):
    """The columns of times, of a file with one row for each change of an incident, or with one row for each incident.

    `changed` is the time of a row and of its changes; `resolved`, then `closed`, replace the missing time of a closing
    row. `updated` is the last change of an incident that has one row; each time is then the one of its own column.
    """

    opened: Heading
    changed: Heading | None = None
    updated: Heading | None = None
    resolved: Heading | None = None
    closed: Heading | None = None

    @model_validator(mode="after")
    def _has_one_kind(self) -> "Times":
        if (self.changed is None) == (self.updated is None):
            raise ValueError(
                "set either `changed`, the time of each row, or `updated`, the last change of each incident"
            )
        if self.updated and not (self.resolved or self.closed):
            raise ValueError("`updated` needs `resolved`, `closed` or both")
        return self

    @property
    def last(self) -> str:
        """The column of a row's last time."""
        return self.updated or self.changed or self.opened


class Counters(MapSection):
    """The counters of the export, compared with those of the built history."""

    reopened: Heading | None = None
    rerouted: Heading | None = None


class Reference(MapSection):
    """A column with names, and the placeholder for unknown ones, or for all if the export has no such column."""

    column: Heading | None = None
    unknown: Name | None = None

    @model_validator(mode="after")
    def _has_names(self) -> "Reference":
        if not self.column and not self.unknown:
            raise ValueError("names nothing: set `column` or `unknown`")
        return self


class Translation(MapSection, Generic[V]):
    """A column whose values are translated, regardless of case and accents.

    `otherwise` is for unlisted values, `unknown` for unknown ones.
    """

    column: Heading
    values: Mapping[str, V] = Field(default_factory=dict)
    otherwise: V | None = None
    unknown: V | None = None

    @model_validator(mode="after")
    def _has_values(self) -> "Translation[V]":
        if not self.values and self.otherwise is None:
            raise ValueError("translates nothing: set `values` or `otherwise`")
        for value, translation in self.values.items():
            if self.folded[fold(value)] != translation:
                raise ValueError(f"translates « {value} » twice: case and accents make no difference")
        return self

    @cached_property
    def folded(self) -> Mapping[str, V]:
        """The translations by the key of their value."""
        return {fold(value): translation for value, translation in self.values.items()}


class Texts(MapSection):
    """Templates of columns; `unknown` replaces an empty column."""

    title: Template
    description: Template
    unknown: str = "?"


class Interventions(MapSection):
    """The duration of the work before each closing: a number of minutes, or a column."""

    minutes: Annotated[int, Field(ge=permissions.MINUTES[0], le=permissions.MINUTES[-1])] | None = None
    column: Heading | None = None

    @model_validator(mode="after")
    def _has_one_source(self) -> "Interventions":
        if (self.minutes is None) == (self.column is None):
            raise ValueError("has either minutes or column")
        return self


class IncidentMap(MapSection):
    """A complete map; keys with a default are optional."""

    source: Annotated[str, Field(min_length=1, max_length=50)]
    file: FileFormat = FileFormat()
    columns: Columns
    times: Times
    counters: Counters = Counters()
    state: Translation[State]
    severity: Translation[Severity]
    criticality: Translation[Criticality]
    service: Reference
    site: Reference
    application: Reference
    requester: Reference
    operator: Reference | None = None
    assignee: Reference | None = None
    resolver: Reference | None = None
    cause: Reference | None = None
    text: Texts
    interventions: Interventions | None = None

    @model_validator(mode="after")
    def _is_consistent(self) -> "IncidentMap":
        if self.interventions and not (self.cause and self.resolver):
            raise ValueError("interventions need the tables cause and resolver")
        named = {heading for _, heading in self.headings()}
        for key in ("html", "repeated"):
            for heading in sorted(getattr(self.file, key) - named):
                raise ValueError(f"file.{key}: no other key names the column « {heading} »")
        return self

    def headings(self) -> Iterator[tuple[str, str]]:
        """Yield each column in the map, with its key."""
        for table, part in self:
            if not isinstance(part, MapSection):
                continue
            if isinstance(part, Texts):
                for key in ("title", "description"):
                    yield from ((f"text.{key}", name) for _, name in parse_template(getattr(part, key)) if name)
            elif isinstance(part, (Columns, Times, Counters)):
                yield from ((f"{table}.{key}", name) for key, name in part if name is not None)
            elif isinstance(column := getattr(part, "column", None), str):
                yield f"{table}.column", column


VALIDATION_MESSAGES: Mapping[str, str] = {
    "missing": "is missing",
    "extra_forbidden": "is not a key of a map",
    "string_type": "must be a string",
    "string_too_short": "can't be empty",
}


def _sentence(error: Mapping[str, Any]) -> str:
    path = ".".join(str(step) for step in error["loc"] if step != "[key]")
    message = VALIDATION_MESSAGES.get(error["type"]) or error["msg"].removeprefix("Value error, ")
    return f"{path or 'the map'}: {message[0].lower()}{message[1:]}"


def read_map(path: Path) -> IncidentMap:
    """Read a map; raise `SetupError` with one sentence that names each wrong key."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SetupError(f"The map {path} can't be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise SetupError(f"The map {path} is not UTF-8 text.") from None
    except tomllib.TOMLDecodeError as error:
        raise SetupError(f"The map {path} is not TOML: {error}.") from None
    try:
        return IncidentMap.model_validate(content)
    except ValidationError as error:
        raise SetupError(f"The map {path} is wrong: {'; '.join(map(_sentence, error.errors()))}.") from None
