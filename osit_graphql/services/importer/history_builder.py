"""An incident's rows as a ticket's true history: opened, qualified, re-routed, assigned, closed, reopened."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from osit_graphql.domain import permissions
from osit_graphql.domain.enums import Action, ActivityKind, Status
from osit_graphql.domain.errors import Refused
from osit_graphql.services.importer import comments
from osit_graphql.services.importer.csv_reader import Remark
from osit_graphql.services.importer.mapping import IncidentMap
from osit_graphql.services.importer.row_parser import Facts, Reading


@dataclass(frozen=True)
class Snapshot:
    """A ticket at one moment; names of things, not their identities."""

    status: Status
    service: str
    facts: Facts
    assignee: str | None = None


@dataclass(frozen=True)
class Step:
    """One row of the history: what stood before, what stands after, and the ticket's version then."""

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
    """A whole ticket; the first step is OPENED. `counted_…` is what the export itself counts, when it does."""

    number: str
    cause: str | None
    operator: str | None
    counted_reopened: int | None = None
    counted_rerouted: int | None = None
    steps: list[Step] = field(default_factory=list)
    warnings: list[Remark] = field(default_factory=list)

    @property
    def last(self) -> Step:
        """The step that the ticket stands after."""
        return self.steps[-1]

    @property
    def closed_at(self) -> datetime | None:
        """When it was closed, if it is."""
        return self.closing.at if self.closing and self.last.after.status is Status.CLOSED else None

    @property
    def closing(self) -> Step | None:
        """The last closing, whether the ticket was reopened after it or not."""
        closings = (step for step in reversed(self.steps) if step.after.status is Status.CLOSED)
        return next((step for step in closings if step.kind is ActivityKind.STATUS_CHANGE), None)

    @property
    def rerouted(self) -> int:
        """How many times it changed service."""
        return sum(step.kind is ActivityKind.REROUTING for step in self.steps)

    @property
    def reopened(self) -> int:
        """How many times it was reopened."""
        return sum(step.before.status is Status.CLOSED is not step.after.status for step in self.steps[1:])


def settle_closings(readings: Sequence[Reading], layout: IncidentMap) -> tuple[list[Reading], list[Remark]]:
    """Put each closing where nothing changes after it.

    A closed ticket can't be re-routed, qualified or assigned. Where a row does that to an incident already closed, the
    export closes it again there, and that row is the closing; the rows before it count as open.
    """
    settled: list[Reading] = []
    warnings = []
    for reading in readings:
        previous = settled[-1] if settled else None
        if previous and previous.closed and reading.closed:
            # Nobody takes a closed ticket away from its technician: not told is not known here.
            reading = replace(reading, assignee=reading.assignee or previous.assignee)  # noqa: PLW2901 - the same row
            if _differs(previous, reading):
                for index in range(len(settled) - 1, -1, -1):
                    if not settled[index].closed:
                        break
                    settled[index] = replace(settled[index], closed=False)
                sentence = "the incident changes after its closing; its closing is taken to be at this line."
                warnings.append(Remark(reading.line, layout.state.column, sentence))
        settled.append(reading)
    return settled, warnings


def _differs(before: Reading, after: Reading) -> bool:
    return (before.service, before.facts, before.assignee) != (after.service, after.facts, after.assignee)


class Writer:
    """Writes one history, step by step, each allowed by the law of doing."""

    def __init__(self, number: str, readings: Sequence[Reading], layout: IncidentMap) -> None:
        self.layout = layout
        self.first, end = readings[0], readings[-1]
        self.history = History(number, end.cause, self.first.operator, end.reopened, end.rerouted)
        self.comment = comments.Writer(layout.source, number)
        status = permissions.next_status(Action.CREATE, None, permissions.creation_case(self.first.facts.criticality))
        self.now = Snapshot(status, self.first.service, self.first.facts)
        said = self.comment.on_opening(self.first)
        opened = Step(ActivityKind.OPENED, self.first.opened_at, 1, said, self.now, self.now, self.first.operator)
        self.history.steps.append(opened)

    def act(self, action: Action, *steps: Step) -> None:
        """Add what one action wrote, all under one version."""
        errors = permissions.check_status(action, self.now.status)
        if errors:
            raise Refused(*errors)
        version = self.history.last.version + 1
        self.history.steps.extend(replace(step, version=version) for step in steps)
        self.now = self.history.last.after

    def step(self, kind: ActivityKind, reading: Reading, comment: str, after: Snapshot, **more: object) -> Step:
        """Make a step from how the ticket stands."""
        return Step(kind, reading.at, 0, comment, self.now, after, **more)  # type: ignore[arg-type]

    def follow(self, reading: Reading, *, last_closing: bool) -> None:
        """Bring the ticket to what a row says."""
        if self.now.status is Status.CLOSED and not reading.closed:
            self.reopen(reading)
        if self.now.facts != reading.facts:
            self.qualify(reading)
        if self.now.service != reading.service:
            after = replace(self.now, service=reading.service, assignee=None)
            said = self.comment.on_rerouting(reading, self.now.service)
            self.act(Action.REROUTE, self.step(ActivityKind.REROUTING, reading, said, after))
        if self.now.assignee != reading.assignee:
            after = replace(self.now, assignee=reading.assignee)
            said = self.comment.on_assignment(reading)
            self.act(Action.ASSIGN, self.step(ActivityKind.ASSIGNMENT, reading, said, after))
        if self.now.status is not Status.CLOSED and reading.closed:
            self.close(reading, last=last_closing)

    def reopen(self, reading: Reading) -> None:
        """Reopen: an import knows no decision, so an EVOLUTION waits for one again."""
        case = permissions.reopening_case(self.now.facts.criticality, approved=False)
        after = replace(self.now, status=permissions.next_status(Action.REOPEN, self.now.status, case))
        said = self.comment.on_reopening(reading)
        self.act(Action.REOPEN, self.step(ActivityKind.STATUS_CHANGE, reading, said, after))

    def qualify(self, reading: Reading) -> None:
        """Qualify; becoming an EVOLUTION or ceasing to be one moves the status, in a row of its own."""
        case = permissions.qualification_case(self.now.facts.criticality, reading.facts.criticality)
        said = self.comment.on_qualification(reading, self.now.facts)
        qualified = self.step(ActivityKind.QUALIFICATION, reading, said, replace(self.now, facts=reading.facts))
        moved = replace(qualified.after, status=permissions.next_status(Action.QUALIFY, self.now.status, case))
        steps = [qualified]
        if moved.status is not self.now.status:
            steps.append(replace(qualified, kind=ActivityKind.STATUS_CHANGE, before=qualified.after, after=moved))
        self.act(Action.QUALIFY, *steps)

    def close(self, reading: Reading, *, last: bool) -> None:
        """Close; the last closing is the resolver's, after their intervention when the map declares its time."""
        author = reading.resolver if last else None
        if last:
            self.intervene(reading)
        after = replace(self.now, status=permissions.next_status(Action.CLOSE, self.now.status))
        said = self.comment.on_closing(reading, cause=reading.cause if last else None)
        self.act(Action.CLOSE, self.step(ActivityKind.STATUS_CHANGE, reading, said, after, author=author))

    def intervene(self, reading: Reading) -> None:
        """Count the work that led to the closing, when its time, its cause and its technician are known."""
        declared = self.layout.interventions
        minutes = declared and (declared.minutes or reading.minutes)
        if not minutes or not reading.cause or not reading.resolver:
            return
        said = self.comment.on_intervention(reading, minutes)
        step = self.step(ActivityKind.INTERVENTION, reading, said, self.now, author=reading.resolver, minutes=minutes)
        self.act(Action.LOG_INTERVENTION, step)


def derive_history(number: str, readings: Sequence[Reading], layout: IncidentMap) -> History:
    """Derive a ticket's history from its rows, in the file's order; raise `Refused` if the law forbids a step."""
    settled, moved = settle_closings(readings, layout)
    writer = Writer(number, settled, layout)
    closings = [
        index for index, row in enumerate(settled) if row.closed and (index == 0 or not settled[index - 1].closed)
    ]
    for index, reading in enumerate(settled):
        writer.follow(reading, last_closing=bool(closings) and index == closings[-1])
    writer.history.warnings = sorted(
        [*moved, *_time_warnings(settled, layout), *_count_warnings(writer.history, settled[-1].line, layout)],
        key=lambda remark: remark.line,
    )
    return writer.history


def _time_warnings(readings: Sequence[Reading], layout: IncidentMap) -> Iterator[Remark]:
    before = readings[0].opened_at
    for reading in readings:
        if reading.at < before:
            sentence = "the time runs backwards; it is taken as the file gives it."
            yield Remark(reading.line, layout.times.changed, sentence)
        before = reading.at


def _count_warnings(history: History, line: int, layout: IncidentMap) -> Iterator[Remark]:
    for column, counted, found in (
        (layout.counters.reopened, history.counted_reopened, history.reopened),
        (layout.counters.rerouted, history.counted_rerouted, history.rerouted),
    ):
        if column and counted is not None and counted != found:
            yield Remark(line, column, f"the file counts {counted}, its rows show {found}.")
