"""Translation and language negotiation: French by default, English on request.

Sentences are English templates with `{placeholders}`; the template is the msgid in `locale/fr.po`.
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
MAX_HEADER_CHARACTERS = 500
HEADER_CACHE_SIZE = 256  # clients send the same header each time


class _Parameters(dict[str, object]):
    """Keeps a placeholder that has no value, so that formatting an error can't raise another."""

    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"


@cache
def read_catalog() -> Catalog:
    """Return the French catalog."""
    with (LOCALE / "fr.po").open("rb") as file:
        return read_po(file, locale="fr", abort_invalid=True)


def translate(sentence: str, parameters: Mapping[str, object], language: Language) -> str:
    """Return the sentence in `language`, in English if it has no translation."""
    if language == "fr":
        message = read_catalog().get(sentence)
        sentence = str(message.string) if message and message.string else sentence
    values = {name: _format(value, language) for name, value in parameters.items()}
    return sentence.format_map(_Parameters(values))


def _format(value: object, language: Language) -> object:
    if isinstance(value, datetime):
        return format_datetime(value, "short", locale=language)
    if isinstance(value, date):
        return format_date(value, "short", locale=language)
    return value


def negotiate(accept_language: str | None) -> Language:
    """Return the language of an `Accept-Language` header, French without a supported one."""
    return _negotiate((accept_language or "")[:MAX_HEADER_CHARACTERS])


@lru_cache(HEADER_CACHE_SIZE)
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
    """Return the first supported language named, for equal weights."""
    for name, weight in weights.items():
        if weight and name in {"fr", "en"}:
            return "en" if name == "en" else "fr"
    return DEFAULT


def read_weight(parameters: str) -> float:
    """Return the `q` of one item of an `Accept…` header, from 0 to 1: 1 if absent, 0 if unreadable."""
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
