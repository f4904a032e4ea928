"""The plan of an import, before it is written: the histories, their entities, the errors and warnings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from osit_graphql.db.models import name_key
from osit_graphql.domain.errors import Refused
from osit_graphql.services.importer.csv_reader import ImportRemark, Row, read_export
from osit_graphql.services.importer.entities import Directory
from osit_graphql.services.importer.history_builder import History, build_history
from osit_graphql.services.importer.mapping import IncidentMap
from osit_graphql.services.importer.row_order import put_in_order
from osit_graphql.services.importer.row_parser import Spelling, read_incident


@dataclass(frozen=True)
class ImportTotals:
    """Totals to reconcile: tickets and events of the histories, and the counters of the export."""

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
    """The content of a file, in the file's order, without the incidents that have an error."""

    mapping: IncidentMap
    rows: int = 0
    incidents: int = 0
    histories: list[History] = field(default_factory=list)
    directory: Directory = field(default_factory=Directory)
    errors: list[ImportRemark] = field(default_factory=list)
    warnings: list[ImportRemark] = field(default_factory=list)

    def add(self, number: str, rows: Sequence[Row], spelling: Spelling) -> None:
        """Add an incident, or its errors."""
        parsed_rows, errors = read_incident(rows, self.mapping, spelling)
        self.errors.extend(errors)
        if errors:
            return
        try:
            history = build_history(number, parsed_rows, self.mapping)
        except Refused as refusal:
            sentence = " ".join(error.sentence for error in refusal.user_errors)
            self.errors.append(ImportRemark(rows[0].line, self.mapping.state.column, sentence))
            return
        self.histories.append(history)
        self.warnings.extend(history.warnings)
        self._warn_of_another_closing(rows, history)
        self.directory.add_history(history, parsed_rows)

    def _warn_of_another_closing(self, rows: Sequence[Row], history: History) -> None:
        """Warn if an incident's only row has a closing that its map of changes does not use."""
        times, cells = self.mapping.times, rows[0].cells
        if len(rows) > 1 or not times.changed or not times.closed or not history.closed_at:
            return
        if cells[times.closed] and cells[times.changed] not in {"", cells[times.closed]}:
            sentence = (
                f"the closing takes the time of « {times.changed} »; if that is the last change, use `times.updated`."
            )
            self.warnings.append(ImportRemark(rows[0].line, times.closed, sentence))

    def totals(self) -> ImportTotals:
        """Return the totals of the plan."""
        return ImportTotals(
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

    def placeholder(self, table: str) -> str | None:
        """Return the placeholder that the plan uses in a table, if any."""
        reference = {
            "services": self.mapping.service,
            "sites": self.mapping.site,
            "applications": self.mapping.application,
            "causes": self.mapping.cause,
            "people": self.mapping.requester,
        }[table]
        unknown = reference.unknown if reference else None
        return unknown if unknown and name_key(unknown) in getattr(self.directory, table) else None


def plan_import(path: Path, mapping: IncidentMap, progress: Callable[[int, int], object] = lambda *_: None) -> Plan:
    """Read a file; raise `SetupError` for an unreadable file or header. Later errors go into the plan.

    `progress` receives the number of incidents read and their total.
    """
    export = read_export(path, mapping)
    plan = Plan(mapping, rows=export.rows, incidents=len(export.incidents.keys() | export.rejected))
    plan.errors.extend(export.errors)
    plan.warnings.extend([*export.warnings(), *put_in_order(export, mapping)])
    spelling: Spelling = {}
    for read, (number, rows) in enumerate(export.incidents.items(), start=1):
        if number not in export.rejected:
            plan.add(number, rows, spelling)
        progress(read, len(export.incidents))
    plan.errors.sort(key=lambda remark: (remark.line, remark.column))
    plan.warnings.sort(key=lambda remark: (remark.line, remark.column))
    return plan
