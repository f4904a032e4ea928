"""Fill the generated tables of the documents from the code; with `--check`, only report whether they are up to date.

A table stands between `<!-- generated:NAME -->` and `<!-- /generated -->`; NAME is a key of TABLES.
"""

import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from osit_graphql.db.visibility import ROLE_VISIBILITY
from osit_graphql.domain.enums import Criticality, Role, Scope, Status
from osit_graphql.domain.permissions import PERMISSIONS, PRIORITIES, RULES, SCOPES, Rule, TransitionCase
from osit_graphql.domain.security_events import MEANINGS
from osit_graphql.metrics import Metrics
from osit_graphql.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = ("docs/monitoring.md", "docs/permissions.md", "docs/settings.md")
GENERATED = re.compile(r"<!-- generated:(\w+) -->\n.*?<!-- /generated -->", re.DOTALL)


def markdown_table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table."""
    lines = [list(head)]
    lines += [["---"] * len(lines[0]), *(list(row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def words(name: str) -> str:
    """Return an enumeration's name in words."""
    return name.lower().replace("_", " ")


def permissions_table() -> str:
    """Actions on a ticket by role, then the permissions that concern no ticket."""
    actions = [
        [
            words(action),
            *("" if role not in rule.roles else "their own" if role in rule.own else "yes" for role in Role),
        ]
        for action, rule in RULES.items()
    ]
    permissions = [
        [f"*{words(permission)}*", *("yes" if role in roles else "" for role in Role)]
        for permission, roles in PERMISSIONS.items()
    ]
    return markdown_table(["", *Role], actions + permissions)


def statuses_before(rule: Rule) -> str:
    """Return the statuses in which an action is allowed, in the order of a ticket's life."""
    if not rule.sources:
        return "(nothing)"
    return "any" if rule.sources == set(Status) else ", ".join(status for status in Status if status in rule.sources)


def status_after(rule: Rule) -> str:
    """Return the status that an action leads to, case by case."""
    cases = [f"{case} → {status}" for case, status in rule.to.items() if case is not TransitionCase.ALWAYS and status]
    otherwise = rule.to.get(TransitionCase.ALWAYS) or "the same"
    if TransitionCase.APPROVED in rule.to:  # the three decisions are all cases
        return ", ".join(cases)
    return ", ".join([*cases, f"else {otherwise}"]) if cases else otherwise


def transitions_table() -> str:
    """Status before and after each action, and whether it requires a comment."""
    rows = (
        [words(action), statuses_before(rule), status_after(rule), "required" if rule.comment else "optional"]
        for action, rule in RULES.items()
    )
    return markdown_table(["action", "from", "to", "comment"], rows)


def visibility_table() -> str:
    """Tickets, history, costs and rates that each role sees."""
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
    return markdown_table(["role", "tickets", "their history", "costs", "hourly rates"], rows)


def scopes_table() -> str:
    """Parts of the API that each scope of an API token reaches."""
    rows = ([area, *("yes" if scope in scopes else "" for scope in Scope)] for area, scopes in SCOPES.items())
    return markdown_table(["", *Scope], rows)


def priorities_table() -> str:
    """Priority proposed for each severity and criticality."""
    rows = ([severity, *(row[criticality] for criticality in Criticality)] for severity, row in PRIORITIES.items())
    return markdown_table(["", *Criticality], rows)


def _default_text(value: object) -> object:
    return ",".join(value) if isinstance(value, tuple) else value


def settings_table() -> str:
    """Environment variables, their defaults and descriptions."""
    rows = (
        [
            f"`OSIT_{name.upper()}`",
            "" if field.default in {None, ()} else f"`{_default_text(field.default)}`",
            (field.description or "").replace("|", r"\|"),
        ]
        for name, field in Settings.model_fields.items()
    )
    return markdown_table(["variable", "default", "meaning"], rows)


def metrics_table() -> str:
    """Metrics, their types, labels and meanings."""
    metrics = Metrics()
    metrics.observe_request("", "", "", 0)  # a label has its name in a sample only
    metrics.observe_job("", failed=False)
    metrics.set_database("", pool_size=1, in_use=0, waiting=0, up=True)
    rows = (
        [
            f"`{family.name}{'_total' if family.type == 'counter' else ''}`",
            family.type,
            ", ".join(f"`{label}`" for label in family.samples[0].labels if label != "le"),
            family.documentation,
        ]
        for family in metrics.registry().collect()
    )
    return markdown_table(["metric", "type", "labels", "meaning"], rows)


def security_events_table() -> str:
    """Security events of the log, with their meanings and fields."""
    rows = (
        [f"`{event}`", meaning, ", ".join(f"`{field}`" for field in fields)]
        for event, (meaning, fields) in MEANINGS.items()
    )
    return markdown_table(["event", "meaning", "fields"], rows)


TABLES: dict[str, Callable[[], str]] = {
    "permissions": permissions_table,
    "transitions": transitions_table,
    "visibility": visibility_table,
    "scopes": scopes_table,
    "priorities": priorities_table,
    "settings": settings_table,
    "metrics": metrics_table,
    "security_events": security_events_table,
}


def fill(text: str) -> str:
    """Return the text with every generated table up to date; an unknown table name is an error."""
    return GENERATED.sub(
        lambda match: f"<!-- generated:{match[1]} -->\n{TABLES[match[1]]()}\n<!-- /generated -->", text
    )


def main() -> int:
    """Write the documents, or with `--check` return 1 if one is out of date."""
    outdated = []
    for name in DOCUMENTS:
        text = (ROOT / name).read_text(encoding="utf-8")
        filled = fill(text)
        if filled != text:
            outdated.append(name)
            if "--check" not in sys.argv[1:]:
                (ROOT / name).write_text(filled, encoding="utf-8")
    if "--check" in sys.argv[1:] and outdated:
        print(f"Out of date, run `make readme`: {', '.join(outdated)}", file=sys.stderr)
        return 1
    print(f"Updated: {', '.join(outdated) or 'nothing'}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
