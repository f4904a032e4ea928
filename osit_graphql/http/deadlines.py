"""How long a request may take: one timer for all that are under way, since each may take as long as the others.

`asyncio.timeout` gives each request a timer of its own, made and cancelled again, which costs more than all the rest
of a limit does; hardly any ever rings.
"""

import asyncio
from itertools import takewhile
from types import TracebackType


class Deadlines:
    """Gives each block the same time, from when it begins."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._under_way: dict[Deadline, float] = {}  # and when each ends: in that order
        self._loop: asyncio.AbstractEventLoop | None = None  # where the timer runs, None: there is none

    def limit(self) -> "Deadline":
        """Return the limit of one block, which raises `TimeoutError` when it took longer."""
        return Deadline(self)

    def enter(self, deadline: "Deadline", loop: asyncio.AbstractEventLoop) -> None:
        """Count from now."""
        end = self._under_way[deadline] = loop.time() + self._seconds
        if self._loop is not loop:
            self._loop = loop
            loop.call_at(end, self._ring, loop)

    def leave(self, deadline: "Deadline") -> None:
        """Let it be, over or not."""
        self._under_way.pop(deadline, None)

    def _ring(self, loop: asyncio.AbstractEventLoop) -> None:
        """Stop those whose time is over, and ring again for the next; without one, whoever begins next sees to it."""
        now = loop.time()
        for deadline in list(takewhile(lambda each: self._under_way[each] <= now, self._under_way)):
            self.leave(deadline)
            deadline.stop()
        if self._under_way:
            loop.call_at(next(iter(self._under_way.values())), self._ring, loop)
        elif self._loop is loop:
            self._loop = None


class Deadline:
    """One block's limit: it cancels the task, and tells its own cancellation from anybody else's as asyncio's does."""

    __slots__ = ("_cancelled", "_deadlines", "_over", "_task")

    def __init__(self, deadlines: Deadlines) -> None:
        self._deadlines = deadlines
        self._over = False

    def __enter__(self) -> None:
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        if task is None:
            raise RuntimeError("a limit is a task's")
        self._task = task
        self._cancelled = task.cancelling()
        self._deadlines.enter(self, loop)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._deadlines.leave(self)
        if self._over and self._task.uncancel() <= self._cancelled and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def stop(self) -> None:
        """Called when the time is over."""
        self._over = True
        self._task.cancel()
