"""What is said to people, in their language: French unless they prefer English.

A sentence is written once, in English, with `{placeholders}`; it is its own key in `locale/fr.po`.
"""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

from babel.dates import format_date, format_datetime
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

Language = Literal["fr", "en"]

DEFAULT: Language = "fr"
LOCALE = Path(__file__).parent / "locale"
MAX_HEADER = 500
REMEMBERED = 256  # headers: a client sends the same one every time


class _Parameters(dict[str, object]):
    """A placeholder that nobody filled stays readable: telling of a fault must not be another one."""

    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"


@cache
def read_catalog() -> Catalog:
    """French, msgid by msgid."""
    with (LOCALE / "fr.po").open("rb") as file:
        return read_po(file, locale="fr", abort_invalid=True)


def translate(sentence: str, parameters: Mapping[str, object], language: Language) -> str:
    """The sentence as the reader is told it; one that has no French yet stays in English."""
    if language == "fr":
        message = read_catalog().get(sentence)
        sentence = str(message.string) if message and message.string else sentence
    values = {name: _show(value, language) for name, value in parameters.items()}
    return sentence.format_map(_Parameters(values))


def _show(value: object, language: Language) -> object:
    if isinstance(value, datetime):
        return format_datetime(value, "short", locale=language)
    if isinstance(value, date):
        return format_date(value, "short", locale=language)
    return value


def negotiate(accept_language: str | None) -> Language:
    """The language of an `Accept-Language` header; French when it says nothing, or nothing spoken here."""
    return _negotiate((accept_language or "")[:MAX_HEADER])


@lru_cache(REMEMBERED)
def _negotiate(accept_language: str) -> Language:
    weights: dict[str, float] = {}
    for item in accept_language.split(","):
        tag, _, parameters = item.partition(";")
        primary = tag.strip().lower().split("-")[0]
        weights[primary] = max(weights.get(primary, 0.0), read_weight(parameters))
    french = weights.get("fr", weights.get("*", 0.0))
    english = weights.get("en", weights.get("*", 0.0))
    if french == english:
        return _first_named(weights)
    return "en" if english > french else "fr"


def _first_named(weights: Mapping[str, float]) -> Language:
    """Equally liked: the one that was named first."""
    for name, weight in weights.items():
        if weight and name in {"fr", "en"}:
            return "en" if name == "en" else "fr"
    return DEFAULT


def read_weight(parameters: str) -> float:
    """The `q` of one item of an `Accept…` header, from 0 to 1; 1 when it says none, 0 when it can't be read."""
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            return _read_number(value.strip())
    return 1.0


def _read_number(text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
