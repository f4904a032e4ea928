"""How an incident goes its way: taken up, looked into, re-routed, worked on, closed, sometimes reopened."""

from decimal import Decimal

from osit_graphql.demo import evolutions
from osit_graphql.demo.chance import draw
from osit_graphql.demo.company import APPLICATIONS, DEFECT, MISUSE
from osit_graphql.demo.hours import DAY, END
from osit_graphql.demo.scenes import remarks
from osit_graphql.demo.scenes.scene import Hop, Scene, Texts
from osit_graphql.demo.threads import OPERATORS, Thread, technicians
from osit_graphql.domain.enums import Criticality, Decision, Priority, Severity

# Minutes of work from one step to the next, from and to: the more urgent, the sooner.
PACE = {
    Priority.URGENT: (2, 20),
    Priority.HIGH: (8, 110),
    Priority.NORMAL: (30, 700),
    Priority.LOW: (60, 1500),
}
_STALLED = (1500, 16_000)  # the same, when it waits for a part, a supplier or a delivery
_STALLS = 0.55  # how often, of late: the year's end has the backlog that a desk has
_LATE = END - 35 * DAY


def unfold(thread: Thread, scene: Scene) -> None:
    """Write the ticket's life after its opening, to its end; whoever calls cuts what lies in the future."""
    _take_up(thread)
    if scene.cause in {DEFECT, MISUSE} and scene.criticality is Criticality.NON_BLOCKING and thread.chance(0.05):
        _turn_into_wish(thread)
        return
    home = scene.service or APPLICATIONS[thread.opening.application]
    if thread.service != home:
        _come_home(thread, home, scene.cause)
    for hop in scene.hops:
        _hand_over(thread, hop, scene)
    _talk(thread, scene)
    _solve(thread, scene)
    _pause(thread)
    thread.close(scene.closings)
    if thread.chance(0.07):
        _return(thread, scene)


def _is_recent(thread: Thread) -> bool:
    return thread.at >= _LATE


def _pause(thread: Thread) -> None:
    thread.wait(*PACE[thread.priority])


def _take_up(thread: Thread) -> None:
    low, high = PACE[thread.priority]
    thread.wait(low, high // 2)
    if thread.chance(0.14):
        _settle_priority(thread)
        thread.wait(1, 20)
    if thread.chance(0.78):
        _assign(thread)
        thread.wait(1, 25)
    if thread.chance(0.35):
        thread.remark(remarks.TAKEN)
    if thread.chance(0.05):
        thread.wait(5, 60)
        _weigh_again(thread)


def _assign(thread: Thread) -> None:
    team = technicians(thread.service)
    assignee = draw(thread.dice, team)
    by = assignee if thread.chance(0.7) else draw(thread.dice, team)
    thread.assign(assignee, by=by, texts=remarks.DELEGATED if by is not assignee else ())


def _settle_priority(thread: Thread) -> None:
    ladder = list(Priority)
    rank = ladder.index(thread.priority)
    if rank > 0 and (rank == len(ladder) - 1 or thread.chance(0.6)):
        thread.rank(ladder[rank - 1], remarks.PRIORITY_UP)
    else:
        thread.rank(ladder[rank + 1], remarks.PRIORITY_DOWN)


def _weigh_again(thread: Thread) -> None:
    ladder = list(Severity)
    rank = ladder.index(thread.severity)
    if rank > 0 and (rank == len(ladder) - 1 or thread.chance(0.5)):
        thread.correct(remarks.GRAVER, severity=ladder[rank - 1])
    else:
        thread.correct(remarks.LIGHTER, severity=ladder[rank + 1])


def _come_home(thread: Thread, home: str, cause: str) -> None:
    """The desk sent it to the wrong service: it is looked at there, and leaves with what was found."""
    wrong = thread.service
    if thread.chance(0.5):
        thread.work(remarks.CHECKED, thread.dice.randint(2, 6) * 5, cause)
        thread.wait(2, 30)
    thread.reroute(home, remarks.MISROUTED[wrong])
    thread.wait(5, 90)
    _assign(thread)


def _hand_over(thread: Thread, hop: Hop, scene: Scene) -> None:
    if thread.chance(0.12):
        return
    thread.wait(5, 60)
    if thread.chance(0.6):
        thread.work(hop.found, thread.dice.randint(2, 9) * 5, scene.cause)
    else:
        thread.remark(hop.found)
    thread.wait(5, 60)
    thread.reroute(hop.service, hop.why)
    _pause(thread)
    if thread.chance(0.8):
        _assign(thread)


def _talk(thread: Thread, scene: Scene) -> None:
    for odds, texts, internal in (
        (0.6, scene.notes, False),
        (0.22, remarks.CALLED_BACK, False),
        (0.22, scene.internal or remarks.INTERNAL, True),
        (0.2, _find_reasons_to_wait(scene), False),
    ):
        if not thread.chance(odds):
            continue
        _pause(thread)
        by = draw(thread.dice, OPERATORS) if texts is remarks.CALLED_BACK else None
        thread.remark(texts, by=by, internal=internal)
    if thread.priority in {Priority.NORMAL, Priority.LOW} and thread.chance(_STALLS if _is_recent(thread) else 0.1):
        thread.wait(*_STALLED)
        thread.remark(_find_reasons_to_wait(scene))


def _find_reasons_to_wait(scene: Scene) -> Texts:
    if scene.expenses:
        return remarks.WAITING_FOR_PARTS
    return remarks.WAITING_FOR_DELIVERY if scene.cause == DEFECT else remarks.WAITING


def _solve(thread: Thread, scene: Scene) -> None:
    for left in reversed(range(1 if thread.chance(0.72) else 2)):
        thread.wait(2, PACE[thread.priority][1] // 2)
        minutes = _round(thread.dice.randint(*scene.minutes))
        texts = (*scene.notes, *remarks.CHECKED) if left else scene.reports
        thread.work(texts, minutes, scene.cause, _spend(thread, scene))
        if thread.chance(0.035):
            thread.wait(2, 40)
            thread.void(remarks.VOIDED)
            thread.work(scene.reports, _round(thread.dice.randint(*scene.minutes)), scene.cause)


def _spend(thread: Thread, scene: Scene) -> Decimal | None:
    if scene.expenses is None or thread.chance(0.3):
        return None
    low, high = scene.expenses
    return Decimal(thread.dice.randint(low * 100, high * 100)) / 100


def _round(minutes: int) -> int:
    return max(5, minutes // 5 * 5)


def _return(thread: Thread, scene: Scene) -> None:
    thread.wait(120, 3000)
    thread.reopen(remarks.REOPENED)
    thread.wait(10, 600)
    thread.work(remarks.FIXED_AGAIN, _round(thread.dice.randint(*scene.minutes)), scene.cause)
    thread.wait(20, 400)
    thread.close(scene.closings)


def _turn_into_wish(thread: Thread) -> None:
    thread.correct(remarks.BECOMES_WISH, criticality=Criticality.EVOLUTION)
    evolutions.await_meeting(thread)
    thread.decide(Decision.REJECTED, remarks.REFUSED)
