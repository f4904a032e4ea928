"""Writes the minutes of a meeting as Markdown."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from osit_graphql.domain.enums import Decision
from osit_graphql.i18n import Language, translate

MARKDOWN_CHARACTERS = re.compile(r"([\\`*_{}\[\]<>#|!~])")
DECISION_LABELS = {Decision.APPROVED: "Approved", Decision.REJECTED: "Rejected", Decision.POSTPONED: "Postponed"}
UNDECIDED_LABEL = "Not decided"
DECISION_BY_AUTHOR = "{decision}, written down by {author}."
EMPTY_AGENDA = "Nothing stood on the agenda."


def escape(text: str) -> str:
    """Escape Markdown in a user's text, so that it has no mark-up, link or HTML."""
    return MARKDOWN_CHARACTERS.sub(r"\\\1", text)


def write_minutes(
    title: str,
    held_at: datetime,
    agenda: Iterable[Any],
    names: Mapping[int, str],
    language: Language,
    zone: ZoneInfo,
) -> str:
    """Return the title, the date, and each request of the agenda with its decision."""
    day = format_datetime(held_at.astimezone(zone), "full", locale=language, tzinfo=zone)
    parts = [f"# {escape(title)}", f"*{escape(day)}*"]
    for item in agenda:
        parts.append(f"## {escape(f'#{item.number}')} {escape(' '.join(item.title.split()))}")
        parts.append(_decision(item, names, language))
        if item.comment:
            parts.append("\n".join(f"> {escape(line)}".rstrip() for line in item.comment.splitlines()))
    if len(parts) == len(("title", "day")):
        parts.append(translate(EMPTY_AGENDA, {}, language))
    return "\n\n".join(parts) + "\n"


def _decision(item: Any, names: Mapping[int, str], language: Language) -> str:
    if item.decision is None:
        return f"**{translate(UNDECIDED_LABEL, {}, language)}**"
    decision = f"**{translate(DECISION_LABELS[item.decision], {}, language)}**"
    author = names.get(item.author_id)
    return (
        decision
        if author is None
        else translate(DECISION_BY_AUTHOR, {"decision": decision, "author": escape(author)}, language)
    )
