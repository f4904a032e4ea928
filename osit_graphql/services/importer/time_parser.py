"""Parses the times of an export: French and English months, the map's time zone, the hour that clocks repeat."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from osit_graphql.db.models import name_key

SAMPLE_TIME = datetime(2026, 12, 31, 23, 58, 59, tzinfo=UTC)
DIRECTIVE = re.compile(r"%(.)")
MONTH_DIRECTIVE = re.compile(r"(?<!%)((?:%%)*)%[bB]\.?")
WORD = re.compile(r"[^\W\d_]+\.?")
MONTHS = {
    name: f"{number:02}"
    for number, names in enumerate(
        (
            "jan janv january janvier", "feb fev fevr february fevrier", "mar march mars", "apr avr april avril",
            "may mai", "jun june juin", "jul juil juill july juillet", "aug aout august",
            "sep sept september septembre", "oct october octobre", "nov november novembre", "dec december decembre",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip


def check_date_format(value: str) -> str:
    """Return a valid format; raise `ValueError` for one that does not read back the date and the hour it writes."""
    directives = set(DIRECTIVE.findall(value))
    if "I" in directives and "p" not in directives:
        raise ValueError("has %I (12-hour clock) without %p (AM or PM)")
    if "p" in directives and "I" not in directives:
        raise ValueError("has %p (AM or PM) without %I (12-hour clock)")
    try:
        parsed = _parse(SAMPLE_TIME.strftime(value), value)
    except ValueError:
        parsed = None
    if parsed is None or parsed.date() != SAMPLE_TIME.date():
        raise ValueError("is not a date format that can be read back, like %d-%m-%Y %H:%M")
    return value


def check_time_zone(value: str) -> str:
    """Return a valid name of a time zone; raise `ValueError` for another."""
    try:
        ZoneInfo(value)
    except (OSError, ValueError, KeyError):
        raise ValueError("is not a time zone, like Europe/Paris") from None
    return value


def parse_time(value: str, pattern: str, zone: str, after: datetime | None = None) -> datetime:
    """Return a time in UTC; raise `ValueError` or `OverflowError` for another spelling.

    When summer time ends, an hour occurs twice. It is the first one, unless the time would then be before `after`, and
    the second one is not.
    """
    first = _to_utc(value, pattern, zone, fold=0)
    if after is None or first >= after:
        return first
    second = _to_utc(value, pattern, zone, fold=1)
    return second if second >= after else first


@lru_cache(maxsize=10_000)
def _to_utc(value: str, pattern: str, zone: str, *, fold: int) -> datetime:
    moment = _parse(value, pattern)
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone), fold=fold)).astimezone(UTC)


def _parse(value: str, pattern: str) -> datetime:
    """Parse a time; names of months become numbers, since `strptime` reads those of the process's language only."""
    if MONTH_DIRECTIVE.search(pattern):
        pattern, value = MONTH_DIRECTIVE.sub(r"\1%m", pattern), WORD.sub(_month_number, value)
    return datetime.strptime(value, pattern)  # noqa: DTZ007 - the caller adds the zone


def _month_number(word: re.Match[str]) -> str:
    return MONTHS.get(name_key(word[0]).rstrip("."), word[0])
