"""Builds a ticket's history from the rows of an incident: opened, qualified, re-routed, assigned, closed, reopened."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from osit_graphql.domain import permissions
from osit_graphql.domain.enums import Action, ActivityKind, Status
from osit_graphql.domain.errors import Refused
from osit_graphql.services.importer import comments
from osit_graphql.services.importer.csv_reader import ImportRemark
from osit_graphql.services.importer.mapping import IncidentMap
from osit_graphql.services.importer.row_parser import Facts, ParsedRow

RUNS_BACKWARDS = "the time runs backwards; it is taken as the file gives it."


@dataclass(frozen=True)
class Snapshot:
    """The state of a ticket at one time; it has names, not row identifiers."""

    status: Status
    service: str
    facts: Facts
    assignee: str | None = None


@dataclass(frozen=True)
class Step:
    """One activity: the ticket before and after, and its version afterwards."""

    kind: ActivityKind
    at: datetime
    version: int
    comment: str
    before: Snapshot
    after: Snapshot
    author: str | None = None
    minutes: int | None = None


@dataclass
class History:
    """A ticket's complete history; the first step is OPENED. `counted_…` are the counters of the export, if any."""

    number: str
    cause: str | None
    operator: str | None
    counted_reopened: int | None = None
    counted_rerouted: int | None = None
    steps: list[Step] = field(default_factory=list)
    warnings: list[ImportRemark] = field(default_factory=list)

    @property
    def last(self) -> Step:
        """The last step."""
        return self.steps[-1]

    @property
    def closed_at(self) -> datetime | None:
        """When the ticket was closed, or None if it is open."""
        return self.closing.at if self.closing and self.last.after.status is Status.CLOSED else None

    @property
    def closing(self) -> Step | None:
        """The last closing, even if the ticket was reopened after it."""
        closings = (step for step in reversed(self.steps) if step.after.status is Status.CLOSED)
        return next((step for step in closings if step.kind is ActivityKind.STATUS_CHANGE), None)

    @property
    def rerouted(self) -> int:
        """How often the ticket changed service."""
        return sum(step.kind is ActivityKind.REROUTING for step in self.steps)

    @property
    def reopened(self) -> int:
        """How often the ticket was reopened."""
        return sum(step.before.status is Status.CLOSED is not step.after.status for step in self.steps[1:])


def move_early_closings(
    parsed_rows: Sequence[ParsedRow], mapping: IncidentMap
) -> tuple[list[ParsedRow], list[ImportRemark]]:
    """Move each closing to the last row that changes the closed incident.

    A closed ticket can't be re-routed, qualified or assigned. If a row changes a closed incident in this way, that row
    becomes the closing, and the rows before it count as open.
    """
    settled: list[ParsedRow] = []
    warnings = []
    for parsed in parsed_rows:
        previous = settled[-1] if settled else None
        if previous and previous.closed and parsed.closed:
            # A closed ticket keeps its technician: an empty assignee is unknown here.
            parsed = replace(parsed, assignee=parsed.assignee or previous.assignee)  # noqa: PLW2901 - the same row
            if _differs(previous, parsed):
                for index in range(len(settled) - 1, -1, -1):
                    if not settled[index].closed:
                        break
                    settled[index] = replace(settled[index], closed=False)
                sentence = "the incident changes after its closing; its closing is taken to be at this line."
                warnings.append(ImportRemark(parsed.line, mapping.state.column, sentence))
        settled.append(parsed)
    return settled, warnings


def _differs(before: ParsedRow, after: ParsedRow) -> bool:
    return (before.service, before.facts, before.assignee) != (after.service, after.facts, after.assignee)


class HistoryBuilder:
    """Builds one history step by step; the permissions allow each step."""

    def __init__(self, number: str, parsed_rows: Sequence[ParsedRow], mapping: IncidentMap) -> None:
        self.mapping = mapping
        self.first, end = parsed_rows[0], parsed_rows[-1]
        self.history = History(number, end.cause, self.first.operator, end.reopened, end.rerouted)
        self.comment_writer = comments.CommentWriter(mapping.source, number)
        status = permissions.next_status(Action.CREATE, None, permissions.creation_case(self.first.facts.criticality))
        self.current = Snapshot(status, self.first.service, self.first.facts)
        comment = self.comment_writer.on_opening(self.first)
        opened = Step(
            ActivityKind.OPENED, self.first.opened_at, 1, comment, self.current, self.current, self.first.operator
        )
        self.history.steps.append(opened)

    def add_steps(self, action: Action, *steps: Step) -> None:
        """Add the steps of one action, which share one version."""
        errors = permissions.check_status(action, self.current.status)
        if errors:
            raise Refused(*errors)
        version = self.history.last.version + 1
        self.history.steps.extend(replace(step, version=version) for step in steps)
        self.current = self.history.last.after

    def step(self, kind: ActivityKind, parsed: ParsedRow, comment: str, after: Snapshot, **more: object) -> Step:
        """Return a step that starts from the current state."""
        return Step(kind, parsed.at, 0, comment, self.current, after, **more)  # type: ignore[arg-type]

    def apply_row(self, parsed: ParsedRow, *, last_closing: bool) -> None:
        """Add the steps that lead to the state of a row."""
        if self.current.status is Status.CLOSED and not parsed.closed:
            self.reopen(parsed)
        if self.current.facts != parsed.facts:
            self.qualify(parsed)
        if self.current.service != parsed.service:
            after = replace(self.current, service=parsed.service, assignee=None)
            comment = self.comment_writer.on_rerouting(parsed, self.current.service)
            self.add_steps(Action.REROUTE, self.step(ActivityKind.REROUTING, parsed, comment, after))
        if self.current.assignee != parsed.assignee:
            after = replace(self.current, assignee=parsed.assignee)
            comment = self.comment_writer.on_assignment(parsed)
            self.add_steps(Action.ASSIGN, self.step(ActivityKind.ASSIGNMENT, parsed, comment, after))
        if self.current.status is not Status.CLOSED and parsed.closed:
            if last_closing:
                self.intervene(parsed)
            self.close(parsed, last=last_closing)

    def apply_only_row(self, parsed: ParsedRow) -> None:
        """Add the steps of an incident with one row, each at its time; the assignment has none, so it is the first."""
        if parsed.assignee:
            after = replace(self.current, assignee=parsed.assignee)
            comment = self.comment_writer.on_undated_assignment(parsed)
            opening = replace(parsed, at=parsed.opened_at)
            self.add_steps(Action.ASSIGN, self.step(ActivityKind.ASSIGNMENT, opening, comment, after))
        if parsed.closed:
            resolution = replace(parsed, at=parsed.resolved_at or parsed.closed_at or parsed.at)
            closing = replace(parsed, at=parsed.closed_at or resolution.at)
            self.intervene(resolution)
            if resolution.at != closing.at:
                self.comment(resolution, self.comment_writer.on_resolution(parsed), parsed.resolver)
            self.close(closing)
        if parsed.at != self.history.last.at:
            self.comment(parsed, self.comment_writer.on_last_change(parsed))

    def comment(self, parsed: ParsedRow, comment: str, author: str | None = None) -> None:
        """Add a comment, which changes nothing but the time of the last change."""
        self.add_steps(Action.COMMENT, self.step(ActivityKind.COMMENT, parsed, comment, self.current, author=author))

    def reopen(self, parsed: ParsedRow) -> None:
        """Reopen the ticket; an export has no decisions, so that an EVOLUTION waits for one again."""
        case = permissions.reopening_case(self.current.facts.criticality, approved=False)
        after = replace(self.current, status=permissions.next_status(Action.REOPEN, self.current.status, case))
        comment = self.comment_writer.on_reopening(parsed)
        self.add_steps(Action.REOPEN, self.step(ActivityKind.STATUS_CHANGE, parsed, comment, after))

    def qualify(self, parsed: ParsedRow) -> None:
        """Qualify the ticket; a change to or from EVOLUTION adds a change of status."""
        case = permissions.qualification_case(self.current.facts.criticality, parsed.facts.criticality)
        comment = self.comment_writer.on_qualification(parsed, self.current.facts)
        qualified = self.step(ActivityKind.QUALIFICATION, parsed, comment, replace(self.current, facts=parsed.facts))
        moved = replace(qualified.after, status=permissions.next_status(Action.QUALIFY, self.current.status, case))
        steps = [qualified]
        if moved.status is not self.current.status:
            steps.append(replace(qualified, kind=ActivityKind.STATUS_CHANGE, before=qualified.after, after=moved))
        self.add_steps(Action.QUALIFY, *steps)

    def close(self, parsed: ParsedRow, *, last: bool = True) -> None:
        """Close the ticket; the resolver makes the last closing."""
        author = parsed.resolver if last else None
        after = replace(self.current, status=permissions.next_status(Action.CLOSE, self.current.status))
        comment = self.comment_writer.on_closing(parsed, cause=parsed.cause if last else None)
        self.add_steps(Action.CLOSE, self.step(ActivityKind.STATUS_CHANGE, parsed, comment, after, author=author))

    def intervene(self, parsed: ParsedRow) -> None:
        """Add the intervention before the closing if its duration, cause and technician are known."""
        declared = self.mapping.interventions
        minutes = declared and (declared.minutes or parsed.minutes)
        if not minutes or not parsed.cause or not parsed.resolver:
            return
        comment = self.comment_writer.on_intervention(parsed, minutes)
        step = self.step(
            ActivityKind.INTERVENTION, parsed, comment, self.current, author=parsed.resolver, minutes=minutes
        )
        self.add_steps(Action.LOG_INTERVENTION, step)


def build_history(number: str, parsed_rows: Sequence[ParsedRow], mapping: IncidentMap) -> History:
    """Build a ticket's history from its rows, in order; raise `Refused` if the permissions forbid a step."""
    if mapping.times.updated:
        builder = HistoryBuilder(number, parsed_rows, mapping)
        builder.apply_only_row(parsed_rows[0])
        builder.history.warnings = list(_only_row_warnings(parsed_rows[0], mapping))
        return builder.history
    settled, moved = move_early_closings(parsed_rows, mapping)
    builder = HistoryBuilder(number, settled, mapping)
    closings = [
        index for index, row in enumerate(settled) if row.closed and (index == 0 or not settled[index - 1].closed)
    ]
    for index, parsed in enumerate(settled):
        builder.apply_row(parsed, last_closing=bool(closings) and index == closings[-1])
    builder.history.warnings = sorted(
        [*moved, *_time_warnings(settled, mapping), *_count_warnings(builder.history, settled[-1].line, mapping)],
        key=lambda remark: remark.line,
    )
    return builder.history


def _time_warnings(parsed_rows: Sequence[ParsedRow], mapping: IncidentMap) -> Iterator[ImportRemark]:
    before = parsed_rows[0].opened_at
    for parsed in parsed_rows:
        if parsed.at < before:
            yield ImportRemark(parsed.line, mapping.times.last, RUNS_BACKWARDS)
        before = parsed.at


def _only_row_warnings(parsed: ParsedRow, mapping: IncidentMap) -> Iterator[ImportRemark]:
    times = mapping.times
    before = parsed.opened_at
    for column, at in ((times.resolved, parsed.resolved_at), (times.closed, parsed.closed_at), (times.last, parsed.at)):
        if column and at:
            if at < before:
                yield ImportRemark(parsed.line, column, RUNS_BACKWARDS)
            elif not parsed.closed and column != times.last:
                yield ImportRemark(parsed.line, column, "the incident is open, so the time of its closing is not used.")
            before = at


def _count_warnings(history: History, line: int, mapping: IncidentMap) -> Iterator[ImportRemark]:
    for column, counted, derived in (
        (mapping.counters.reopened, history.counted_reopened, history.reopened),
        (mapping.counters.rerouted, history.counted_rerouted, history.rerouted),
    ):
        if column and counted is not None and counted != derived:
            yield ImportRemark(line, column, f"the file counts {counted}, its rows show {derived}.")
