"""The minutes of a meeting, as Markdown ready to be mailed."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from osit_graphql.domain.enums import Decision
from osit_graphql.i18n import Language, translate

SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|!~])")
WORDS = {Decision.APPROVED: "Approved", Decision.REJECTED: "Rejected", Decision.POSTPONED: "Postponed"}
UNDECIDED = "Not decided"
BY = "{decision}, written down by {author}."
EMPTY = "Nothing stood on the agenda."


def escape(text: str) -> str:
    """Let people's words be words: no mark-up, no link, no HTML comes out of them."""
    return SPECIAL.sub(r"\\\1", text)


def write_minutes(
    title: str,
    held_at: datetime,
    agenda: Iterable[Any],
    names: Mapping[int, str],
    language: Language,
    zone: ZoneInfo,
) -> str:
    """Return title, date, and each request with what was decided of it, in its order."""
    day = format_datetime(held_at.astimezone(zone), "full", locale=language, tzinfo=zone)
    parts = [f"# {escape(title)}", f"*{escape(day)}*"]
    for item in agenda:
        parts.append(f"## {escape(f'#{item.number}')} {escape(' '.join(item.title.split()))}")
        parts.append(_decision(item, names, language))
        if item.comment:
            parts.append("\n".join(f"> {escape(line)}".rstrip() for line in item.comment.splitlines()))
    if len(parts) == len(("title", "day")):
        parts.append(translate(EMPTY, {}, language))
    return "\n\n".join(parts) + "\n"


def _decision(item: Any, names: Mapping[int, str], language: Language) -> str:
    if item.decision is None:
        return f"**{translate(UNDECIDED, {}, language)}**"
    decision = f"**{translate(WORDS[item.decision], {}, language)}**"
    author = names.get(item.author_id)
    return decision if author is None else translate(BY, {"decision": decision, "author": escape(author)}, language)
