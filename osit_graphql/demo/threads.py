"""One ticket being written, step by step, knowing where it stands so that no step breaks the law."""

from decimal import Decimal
from random import Random

from osit_graphql.demo import steps
from osit_graphql.demo.chance import draw, happens
from osit_graphql.demo.company import PEOPLE, Employee
from osit_graphql.demo.scenes.scene import Texts
from osit_graphql.demo.wording import Wording
from osit_graphql.domain import permissions
from osit_graphql.domain.enums import Criticality, Decision, Priority, Role, Severity

OPERATORS = tuple(person for person in PEOPLE if Role.OPERATOR in person.roles and person.service is None)
CALLERS = tuple(person for person in PEOPLE if Role.REQUESTER in person.roles)
MANAGERS = tuple(person for person in PEOPLE if Role.MANAGER in person.roles)


def technicians(service: str) -> tuple[Employee, ...]:
    """Return who works in a service."""
    return tuple(person for person in PEOPLE if person.service == service)


class Thread:
    """A ticket's steps so far; `at` is the minute of the last one, and every new one comes after it."""

    def __init__(self, dice: Random, opening: steps.Opening, wording: Wording) -> None:
        self.dice = dice
        self.wording = wording
        self.steps: list[steps.Step] = [opening]
        self.opening = opening
        self.at = opening.at
        self.service = opening.service
        self.severity = opening.severity
        self.criticality = opening.criticality
        self.priority = permissions.proposed_priority(opening.severity, opening.criticality)
        self.settled = False
        self.assignee: Employee | None = None

    @property
    def key(self) -> int:
        """What the script calls this ticket; its number comes when it is played."""
        return self.opening.ticket

    @property
    def worker(self) -> Employee:
        """Who in the service acts now: the one it is assigned to, or anybody."""
        return self.assignee or draw(self.dice, technicians(self.service))

    def chance(self, odds: float) -> bool:
        """Whether something that happens this often happens."""
        return happens(self.dice, odds)

    def wait(self, low: int, high: int) -> None:
        """Let minutes of work go by."""
        self.at += self.dice.randint(low, max(low, high))

    def remark(self, texts: Texts, *, by: Employee | None = None, internal: bool = False) -> None:
        """Add a comment."""
        self._write(steps.Remark(self.at, self.key, by or self.worker, self.wording.say(texts), internal=internal))

    def refer(self, texts: Texts, about: int) -> None:
        """Add a comment that gives another ticket's number."""
        comment = self.wording.say(texts)
        self._write(steps.Remark(self.at, self.key, draw(self.dice, OPERATORS), comment, about))

    def assign(self, assignee: Employee, *, by: Employee, texts: Texts = ()) -> None:
        """Give it to somebody of the service."""
        comment = self.wording.say(texts) if texts else None
        self._write(steps.Assignment(self.at, self.key, by, comment, assignee=assignee))
        self.assignee = assignee

    def rank(self, priority: Priority, texts: Texts) -> None:
        """Settle the priority."""
        self._write(steps.Ranking(self.at, self.key, self.worker, self.wording.say(texts), priority=priority))
        self.priority, self.settled = priority, True

    def correct(
        self, texts: Texts, *, severity: Severity | None = None, criticality: Criticality | None = None
    ) -> None:
        """Qualify it anew; the proposed priority follows unless it was settled."""
        comment = self.wording.say(texts)
        self._write(
            steps.Correction(self.at, self.key, self.worker, comment, severity=severity, criticality=criticality)
        )
        self.severity = severity or self.severity
        self.criticality = criticality or self.criticality
        if not self.settled:
            self.priority = permissions.proposed_priority(self.severity, self.criticality)

    def reroute(self, service: str, texts: Texts) -> None:
        """Send it to another service, which starts without an assignee."""
        self._write(steps.Rerouting(self.at, self.key, self.worker, self.wording.say(texts), service=service))
        self.service, self.assignee = service, None

    def work(self, texts: Texts, minutes: int, cause: str, expenses: Decimal | None = None) -> None:
        """Do something about it, then report it."""
        self.at += minutes
        report = self.wording.say(texts)
        self._write(steps.Work(self.at, self.key, self.worker, report, minutes=minutes, cause=cause, expenses=expenses))

    def void(self, texts: Texts) -> None:
        """Take the last intervention back, by whoever wrote it."""
        last = next(step for step in reversed(self.steps) if isinstance(step, steps.Work))
        self._write(steps.Voiding(self.at, self.key, last.actor, self.wording.say(texts)))

    def close(self, texts: Texts, *, about: int | None = None) -> None:
        """End it."""
        self._write(steps.Closing(self.at, self.key, self.worker, self.wording.say(texts), about))

    def reopen(self, texts: Texts) -> None:
        """Take it up again."""
        self._write(steps.Reopening(self.at, self.key, self.worker, self.wording.say(texts)))

    def decide(self, decision: Decision, texts: Texts) -> None:
        """Write down what the meeting said."""
        manager = draw(self.dice, MANAGERS)
        self._write(steps.Ruling(self.at, self.key, manager, self.wording.say(texts), decision=decision))

    def _write(self, step: steps.Step) -> None:
        self.steps.append(step)
        self.at += 1
