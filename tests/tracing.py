"""Records which functions of the package run while a request is handled."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import osit_graphql

PACKAGE = str(Path(osit_graphql.__file__).parent) + "/"
DRIVER = ("/asyncpg/connection.py", "/asyncpg/prepared_stmt.py")
SENDING = {"execute", "fetch", "fetchrow", "fetchval"}


@dataclass
class Trace:
    """Files and functions of the package in the order of their first call; `sql` marks the first use of the driver."""

    files: list[str] = field(default_factory=list)
    functions: set[tuple[str, str]] = field(default_factory=set)
    between: set[str] = field(default_factory=set)
    resolver: str = ""
    _state: int = 0

    def called(self, frame: FrameType, event: str, _argument: Any) -> None:
        """Note a call; a profiling function of `sys.setprofile`."""
        if event != "call":
            return
        code = frame.f_code
        if code.co_filename.startswith(PACKAGE):
            name = code.co_filename.removeprefix(PACKAGE)
            self._seen(name, code.co_qualname)
        elif (
            self._state == 1 and code.co_filename.endswith(DRIVER) and code.co_name in {"execute", "fetch", "_execute"}
        ):
            self._state = 2

    def _seen(self, name: str, function: str) -> None:
        if name not in self.files:
            self.files.append(name)
        self.functions.add((name, function))
        if self._state == 0 and name == self.resolver:
            self._state = 1
        if self._state == 1:
            self.between.add(name)


@contextmanager
def tracing(resolver: str = "") -> Iterator[Trace]:
    """Record calls in this thread; `between` has the files from the resolver's to the first SQL."""
    trace = Trace(resolver=resolver)
    sys.setprofile(trace.called)
    try:
        yield trace
    finally:
        sys.setprofile(None)
