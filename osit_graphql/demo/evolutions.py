"""How an evolution request goes its way: estimated, decided in a meeting or put off to the next, then made."""

from osit_graphql.demo.chance import draw
from osit_graphql.demo.company import CHANGE, DEFECT
from osit_graphql.demo.hours import DAY, DAYS
from osit_graphql.demo.scenes import remarks
from osit_graphql.demo.scenes.scene import Wish
from osit_graphql.demo.threads import Thread, technicians
from osit_graphql.domain.enums import Criticality, Decision, Severity

BETWEEN = 15  # working days from one meeting to the next
SINCE = 8  # working days since the last one
_MORNING = 120  # minutes into the day when the meeting begins
_SITTING = 90
_PUT_OFF = 2  # times at most


def await_meeting(thread: Thread) -> None:
    """Let the time go by until the next meeting that the request can still be brought to."""
    day = thread.at // DAY + 1
    while (DAYS - 1 - SINCE - day) % BETWEEN:
        day += 1
    thread.at = day * DAY + _MORNING + thread.dice.randint(0, _SITTING)


def unfold(thread: Thread, wish: Wish) -> None:
    """Write the request's life after its opening."""
    thread.wait(30, 900)
    if thread.chance(0.04):
        _turn_out_broken(thread)
        return
    if thread.chance(0.6):
        thread.remark(remarks.ESTIMATED)
    for _ in range(_PUT_OFF):
        if not thread.chance(0.3):
            break
        await_meeting(thread)
        thread.decide(Decision.POSTPONED, remarks.POSTPONED)
    await_meeting(thread)
    if thread.chance(0.35):
        thread.decide(Decision.REJECTED, (wish.refusal,))
        return
    thread.decide(Decision.APPROVED, (wish.approval,))
    _make(thread, wish.report, wish.closing)


def _make(thread: Thread, report: str, closing: str) -> None:
    thread.wait(60, 2500)
    assignee = draw(thread.dice, technicians(thread.service))
    thread.assign(assignee, by=assignee)
    thread.remark(remarks.STARTED)
    for _ in range(thread.dice.randint(1, 3)):
        thread.wait(300, 2500)
        thread.work((report,), thread.dice.randint(8, 28) * 15, CHANGE)
    thread.wait(60, 900)
    thread.close((closing,))


def _turn_out_broken(thread: Thread) -> None:
    """What was asked for was there before: the request becomes an incident."""
    thread.correct(remarks.CEASES_WISH, severity=Severity.MODERATE, criticality=Criticality.NON_BLOCKING)
    thread.wait(60, 900)
    thread.work(remarks.RESTORED, thread.dice.randint(3, 9) * 10, DEFECT)
    thread.wait(30, 300)
    thread.close(remarks.BACK)
