"""What PostgreSQL says, kept in a few files of bounded size."""

import logging
import threading
from collections import deque
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO

LOG_BYTES = 5_000_000
LOG_FILES = 3
LINE_LENGTH = 10_000


class _Files(RotatingFileHandler):
    """Files that give up in silence on a full disk: the reading must go on, or the server would block on its words."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Forget the message."""


class Journal:
    """A thread that moves the server's messages to `postgresql.log` and remembers the last ones."""

    def __init__(self, stream: IO[str], directory: Path) -> None:
        self.file = directory / "postgresql.log"
        self._stream = stream
        self._last: deque[str] = deque(maxlen=40)
        self._handler = _Files(
            self.file, maxBytes=LOG_BYTES, backupCount=LOG_FILES - 1, encoding="utf-8", errors="replace"
        )
        self._thread = threading.Thread(target=self._read, name="osit-postgres-log", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Wait for the last messages: they end when the server does."""
        self._thread.join(timeout=5)

    def find_cause(self) -> str:
        """Return why the server stopped: its last fatal message, else its last one."""
        lines = [line for line in self._last if line]
        grave = [line for line in lines if "FATAL:" in line or "PANIC:" in line]
        chosen = (grave or lines or ["it said nothing"])[-1]
        return chosen.rpartition("FATAL:")[2].rpartition("PANIC:")[2].strip()

    def _read(self) -> None:
        with self._stream:
            for line in self._stream:
                message = line.rstrip("\n")[:LINE_LENGTH]
                self._last.append(message)
                self._handler.handle(logging.LogRecord("postgresql", logging.INFO, "", 0, "%s", (message,), None))
        self._handler.close()
