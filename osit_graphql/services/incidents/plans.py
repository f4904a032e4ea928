"""What importing a file comes to, before anything is written: the histories, the directory they need, the remarks."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from osit_graphql.errors import Refused
from osit_graphql.models import name_key
from osit_graphql.services.incidents.directory import Directory
from osit_graphql.services.incidents.histories import History, derive_history
from osit_graphql.services.incidents.maps import IncidentMap, Reference
from osit_graphql.services.incidents.readings import Spelling, read_incident
from osit_graphql.services.incidents.rows import Remark, Row, read_rows
from osit_graphql.vocabulary import ActivityKind


@dataclass
class Plan:
    """Everything that a file says, in the file's order. An incident with an error is not in it."""

    layout: IncidentMap
    rows: int = 0
    incidents: int = 0
    histories: list[History] = field(default_factory=list)
    directory: Directory = field(default_factory=Directory)
    errors: list[Remark] = field(default_factory=list)
    warnings: list[Remark] = field(default_factory=list)

    def add(self, number: str, rows: Sequence[Row], spelling: Spelling) -> None:
        """Take one incident in, or note why not."""
        readings, errors = read_incident(rows, self.layout, spelling)
        self.errors.extend(errors)
        if errors:
            return
        try:
            history = derive_history(number, readings, self.layout)
        except Refused as refusal:
            said = " ".join(problem.sentence for problem in refusal.problems)
            self.errors.append(Remark(rows[0].line, self.layout.state.column, said))
            return
        self.histories.append(history)
        self.warnings.extend(history.warnings)
        self.directory.gather(history, readings)

    def real(self, names: dict[str, str], reference: Reference | None) -> int:
        """Count the names that are not the placeholder."""
        return len(names.keys() - {name_key(reference.unknown or "") if reference else ""})

    def tickets_with(self, kind: ActivityKind) -> int:
        """Count the tickets that have a step of a kind."""
        return sum(history.count(kind) > 0 for history in self.histories)


def plan_import(path: Path, layout: IncidentMap) -> Plan:
    """Read a whole file; a file that can't be begun is a `SetupError`, anything later an error in the plan."""
    sheet = read_rows(path, layout)
    plan = Plan(layout, rows=sheet.rows, incidents=len(sheet.incidents.keys() | sheet.broken))
    plan.errors.extend(sheet.errors)
    spelling: Spelling = {}
    for number, rows in sheet.incidents.items():
        if number not in sheet.broken:
            plan.add(number, rows, spelling)
    plan.errors.sort(key=lambda remark: (remark.line, remark.column))
    plan.warnings.sort(key=lambda remark: (remark.line, remark.column))
    return plan
