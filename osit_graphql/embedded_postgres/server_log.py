"""Writes the server's messages to rotated files of limited size."""

import logging
import threading
from collections import deque
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO

LOG_FILE_BYTES = 5_000_000
LOG_FILE_COUNT = 3
MAX_LINE_CHARACTERS = 10_000


class _Files(RotatingFileHandler):
    """Rotating file that ignores a full disk: the pipe must be read on, or the server would block."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Drop the message."""


class ServerLog:
    """A thread that copies the server's messages to `postgresql.log` and keeps the last ones."""

    def __init__(self, stream: IO[str], directory: Path) -> None:
        self.file = directory / "postgresql.log"
        self._stream = stream
        self._last: deque[str] = deque(maxlen=40)
        self._handler = _Files(
            self.file, maxBytes=LOG_FILE_BYTES, backupCount=LOG_FILE_COUNT - 1, encoding="utf-8", errors="replace"
        )
        self._thread = threading.Thread(target=self._read, name="osit-postgres-log", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Wait for the last messages, which end with the server."""
        self._thread.join(timeout=5)

    def find_fatal_message(self) -> str:
        """Return the last fatal message, else the last message."""
        lines = [line for line in self._last if line]
        fatal = [line for line in lines if "FATAL:" in line or "PANIC:" in line]
        chosen = (fatal or lines or ["no message"])[-1]
        return chosen.rpartition("FATAL:")[2].rpartition("PANIC:")[2].strip()

    def _read(self) -> None:
        with self._stream:
            for line in self._stream:
                message = line.rstrip("\n")[:MAX_LINE_CHARACTERS]
                self._last.append(message)
                self._handler.handle(logging.LogRecord("postgresql", logging.INFO, "", 0, "%s", (message,), None))
        self._handler.close()
