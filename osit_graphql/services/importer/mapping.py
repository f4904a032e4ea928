"""The map of an export: which column means what, as a TOML file that is checked before a row is read."""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from osit_graphql.domain import permissions
from osit_graphql.domain.enums import Criticality, Severity, Status
from osit_graphql.domain.errors import SetupError

V = TypeVar("V")
SAMPLE = datetime(2026, 12, 31, 23, 58, 59, tzinfo=UTC)


def parse_template(template: str) -> list[tuple[str, str | None]]:
    """Split a template into (text, column or None); only plain `{column}` fields are taken."""
    try:
        parts = list(Formatter().parse(template))
    except ValueError:
        raise ValueError("has braces that do not match; a column is written {column}") from None
    if any(column == "" or form or conversion for _, column, form, conversion in parts if column is not None):
        raise ValueError("has braces with something else than a column's name in them")
    return [(text, column) for text, column, _, _ in parts]


def _template(value: str) -> str:
    parse_template(value)
    return value


def _date_format(value: str) -> str:
    """Refuse a format that can't read back what it writes, to the day at least."""
    try:
        again = datetime.strptime(SAMPLE.strftime(value), value)  # noqa: DTZ007 - only the form is tried here
    except ValueError:
        again = None
    if again is None or again.date() != SAMPLE.date():
        raise ValueError("is not a date format that can be read back, like %d-%m-%Y %H:%M")
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (OSError, ValueError, KeyError):
        raise ValueError("is not a time zone, like Europe/Paris") from None
    return value


def _encoding(value: str) -> str:
    try:
        "é".encode(value, errors="replace").decode(value, errors="replace")
    except (LookupError, UnicodeError):
        raise ValueError("is not an encoding, like utf-8") from None
    return "utf-8-sig" if value.lower().replace("_", "-") in {"utf-8", "utf8"} else value


def _open_or_closed(value: object) -> object:
    if value == Status.PENDING_DECISION:
        raise ValueError("is OPEN or CLOSED; an EVOLUTION waits for its decision by itself")
    return value


Name = Annotated[str, Field(min_length=1, max_length=permissions.NAME_LIMIT)]
Heading = Annotated[str, Field(min_length=1)]
Template = Annotated[str, Field(min_length=1), AfterValidator(_template)]
State = Annotated[Status, BeforeValidator(_open_or_closed)]


class Part(BaseModel):
    """A table of the map; a key that it doesn't know is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class FileForm(Part):
    """How the file is written; `unknown` is the marker for what the export doesn't tell."""

    encoding: Annotated[str, AfterValidator(_encoding)] = "utf-8-sig"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    unknown: str = ""
    date_format: Annotated[str, AfterValidator(_date_format)] = "%Y-%m-%d %H:%M:%S"
    time_zone: Annotated[str, AfterValidator(_zone)] = "UTC"

    # A delimiter may be a tab, which the other tables' stripping would eat.
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=False)


class Columns(Part):
    """What a row is about, and who wrote it when the export tells."""

    number: Heading
    updated_by: Heading | None = None


class Times(Part):
    """When: `resolved`, then `closed`, stand in for a closing row that has no time of its own."""

    opened: Heading
    changed: Heading
    resolved: Heading | None = None
    closed: Heading | None = None


class Counters(Part):
    """The export's own counts, to compare with what was derived."""

    reopened: Heading | None = None
    rerouted: Heading | None = None


class Reference(Part):
    """A column with the name of somebody or something, and the name that stands in where no row tells."""

    column: Heading
    unknown: Name | None = None


class Translation(Part, Generic[V]):
    """A column whose values are translated; `otherwise` for those not listed, `unknown` where no row tells."""

    column: Heading
    values: Mapping[str, V] = Field(default_factory=dict)
    otherwise: V | None = None
    unknown: V | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Translation[V]":
        if not self.values and self.otherwise is None:
            raise ValueError("translates nothing: give values, or otherwise")
        return self


class Texts(Part):
    """Templates over the columns; `unknown` is written for a column that tells nothing."""

    title: Template
    description: Template
    unknown: str = "?"


class Interventions(Part):
    """How long the work took for each closing with its cause: so many minutes, or a column that has them."""

    minutes: Annotated[int, Field(ge=permissions.MINUTES[0], le=permissions.MINUTES[-1])] | None = None
    column: Heading | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> "Interventions":
        if (self.minutes is None) == (self.column is None):
            raise ValueError("has either minutes or column")
        return self


class IncidentMap(Part):
    """A whole map; what has a default may be left out."""

    source: Annotated[str, Field(min_length=1, max_length=50)]
    file: FileForm = FileForm()
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
    def _can_price(self) -> "IncidentMap":
        if self.interventions and not (self.cause and self.resolver):
            raise ValueError("interventions need the tables cause and resolver")
        return self

    def headings(self) -> Iterator[tuple[str, str]]:
        """Give every column that the map names, with the key that names it."""
        for table, part in self:
            if not isinstance(part, Part):
                continue
            if isinstance(part, Texts):
                for key in ("title", "description"):
                    yield from ((f"text.{key}", name) for _, name in parse_template(getattr(part, key)) if name)
            elif isinstance(part, (Columns, Times, Counters)):
                yield from ((f"{table}.{key}", name) for key, name in part if name is not None)
            elif isinstance(column := getattr(part, "column", None), str):
                yield f"{table}.column", column


SENTENCES: Mapping[str, str] = {
    "missing": "is missing",
    "extra_forbidden": "is not a key of a map",
    "string_type": "is a text",
    "string_too_short": "can't be empty",
}


def _sentence(problem: Mapping[str, Any]) -> str:
    path = ".".join(str(step) for step in problem["loc"] if step != "[key]")
    said = SENTENCES.get(problem["type"]) or problem["msg"].removeprefix("Value error, ")
    return f"{path or 'the map'}: {said[0].lower()}{said[1:]}"


def read_map(path: Path) -> IncidentMap:
    """Read a map; a mistake in it is a `SetupError` of one sentence with the path of each wrong key."""
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
