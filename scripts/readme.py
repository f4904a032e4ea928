"""Writes the README's generated parts from the code that holds them; with `--check`, only says whether they agree.

A part stands between `<!-- generated:NAME -->` and `<!-- /generated -->`; NAME is a key of PARTS.
"""

import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from osit_graphql.db.visibility import ROLE_VISIBILITY
from osit_graphql.domain.enums import Criticality, Role, Scope, Status
from osit_graphql.domain.permissions import PERMISSIONS, PRIORITIES, RULES, SCOPES, Rule, TransitionCase
from osit_graphql.settings import Settings

README = Path(__file__).resolve().parent.parent / "README.md"
PART = re.compile(r"<!-- generated:(\w+) -->\n.*?<!-- /generated -->", re.DOTALL)


def draw(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table."""
    lines = [list(head)]
    lines += [["---"] * len(lines[0]), *(list(row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def say(name: str) -> str:
    """Return an enumeration's name in words."""
    return name.lower().replace("_", " ")


def draw_doers() -> str:
    """Who may do what: the actions on a ticket, then the rights that hang on none."""
    acts = [
        [say(action), *("" if role not in rule.roles else "their own" if role in rule.own else "yes" for role in Role)]
        for action, rule in RULES.items()
    ]
    rights = [
        [f"*{say(right)}*", *("yes" if role in roles else "" for role in Role)] for right, roles in PERMISSIONS.items()
    ]
    return draw(["", *Role], acts + rights)


def say_sources(rule: Rule) -> str:
    """From which statuses, in the order of a ticket's life."""
    if not rule.sources:
        return "(nothing)"
    return "any" if rule.sources == set(Status) else ", ".join(status for status in Status if status in rule.sources)


def say_targets(rule: Rule) -> str:
    """Where it leads, case by case."""
    cases = [f"{case} → {status}" for case, status in rule.to.items() if case is not TransitionCase.ALWAYS and status]
    otherwise = rule.to.get(TransitionCase.ALWAYS) or "the same"
    if TransitionCase.APPROVED in rule.to:  # a decision is one of the three: nothing else is left
        return ", ".join(cases)
    return ", ".join([*cases, f"else {otherwise}"]) if cases else otherwise


def draw_transitions() -> str:
    """From where to where, and whether it must be said why."""
    rows = (
        [say(action), say_sources(rule), say_targets(rule), "required" if rule.comment else "optional"]
        for action, rule in RULES.items()
    )
    return draw(["action", "from", "to", "comment"], rows)


def draw_sights() -> str:
    """Who sees what."""
    rows = (
        [
            role,
            sight.tickets,
            "" if sight.tickets == "none" else "all" if sight.internal else "all but internal comments",
            "of those tickets" if sight.costs else "none",
            sight.rates,
        ]
        for role, sight in ROLE_VISIBILITY.items()
    )
    return draw(["role", "tickets", "their history", "costs", "hourly rates"], rows)


def draw_scopes() -> str:
    """What a token reaches with which scope."""
    rows = ([reach, *("yes" if scope in scopes else "" for scope in Scope)] for reach, scopes in SCOPES.items())
    return draw(["", *Scope], rows)


def draw_priorities() -> str:
    """The priority that the desk's two judgements propose."""
    rows = ([severity, *(row[criticality] for criticality in Criticality)] for severity, row in PRIORITIES.items())
    return draw(["", *Criticality], rows)


def draw_settings() -> str:
    """What can be chosen from outside."""
    rows = (
        [
            f"`OSIT_{name.upper()}`",
            "" if field.default in {None, ()} else f"`{field.default}`",
            (field.description or "").replace("|", r"\|"),
        ]
        for name, field in Settings.model_fields.items()
    )
    return draw(["variable", "default", "what it is"], rows)


PARTS: dict[str, Callable[[], str]] = {
    "doers": draw_doers,
    "transitions": draw_transitions,
    "sights": draw_sights,
    "scopes": draw_scopes,
    "priorities": draw_priorities,
    "settings": draw_settings,
}


def fill(text: str) -> str:
    """Return the text with every generated part as the code has it now; a part that nobody draws is an error."""
    return PART.sub(lambda part: f"<!-- generated:{part[1]} -->\n{PARTS[part[1]]()}\n<!-- /generated -->", text)


def main() -> int:
    """Write the README, or with `--check` exit with 1 when it is behind."""
    text = README.read_text(encoding="utf-8")
    filled = fill(text)
    if "--check" in sys.argv[1:]:
        if filled != text:
            print("README.md is behind the code: run `make readme`.", file=sys.stderr)
        return int(filled != text)
    README.write_text(filled, encoding="utf-8")
    print(f"README.md: {len(PART.findall(filled))} generated parts written.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
