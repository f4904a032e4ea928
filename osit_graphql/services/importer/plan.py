"""What importing a file comes to, before anything is written: the histories, the directory they need, the remarks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from osit_graphql.db.models import name_key
from osit_graphql.domain.errors import Refused
from osit_graphql.services.importer.csv_reader import Remark, Row, read_rows
from osit_graphql.services.importer.entities import Directory
from osit_graphql.services.importer.history_builder import History, derive_history
from osit_graphql.services.importer.mapping import IncidentMap
from osit_graphql.services.importer.row_parser import Spelling, read_incident


@dataclass(frozen=True)
class Tally:
    """What to reconcile: tickets and events derived, and the events that the export itself counts."""

    tickets: int
    closed: int
    rerouted: int
    reroutings: int
    counted_reroutings: int
    reopened: int
    reopenings: int
    counted_reopenings: int
    interventions: int


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
            said = " ".join(error.sentence for error in refusal.user_errors)
            self.errors.append(Remark(rows[0].line, self.layout.state.column, said))
            return
        self.histories.append(history)
        self.warnings.extend(history.warnings)
        self.directory.gather(history, readings)

    def tally(self) -> Tally:
        """Count what the file comes to."""
        return Tally(
            tickets=len(self.histories),
            closed=sum(history.closed_at is not None for history in self.histories),
            rerouted=sum(history.rerouted > 0 for history in self.histories),
            reroutings=sum(history.rerouted for history in self.histories),
            counted_reroutings=sum(history.counted_rerouted or 0 for history in self.histories),
            reopened=sum(history.reopened > 0 for history in self.histories),
            reopenings=sum(history.reopened for history in self.histories),
            counted_reopenings=sum(history.counted_reopened or 0 for history in self.histories),
            interventions=sum(step.minutes is not None for history in self.histories for step in history.steps),
        )

    def standing_in(self, table: str) -> str | None:
        """Return the placeholder that a table of the directory needs, if it does."""
        reference = {
            "services": self.layout.service,
            "sites": self.layout.site,
            "applications": self.layout.application,
            "causes": self.layout.cause,
            "people": self.layout.requester,
        }[table]
        unknown = reference.unknown if reference else None
        return unknown if unknown and name_key(unknown) in getattr(self.directory, table) else None


def plan_import(path: Path, layout: IncidentMap, progress: Callable[[int, int], object] = lambda *_: None) -> Plan:
    """Read a whole file; a file that can't be begun is a `SetupError`, anything later an error in the plan.

    `progress` is told how many incidents are read, of how many.
    """
    sheet = read_rows(path, layout)
    plan = Plan(layout, rows=sheet.rows, incidents=len(sheet.incidents.keys() | sheet.broken))
    plan.errors.extend(sheet.errors)
    spelling: Spelling = {}
    for read, (number, rows) in enumerate(sheet.incidents.items(), start=1):
        if number not in sheet.broken:
            plan.add(number, rows, spelling)
        progress(read, len(sheet.incidents))
    plan.errors.sort(key=lambda remark: (remark.line, remark.column))
    plan.warnings.sort(key=lambda remark: (remark.line, remark.column))
    return plan
