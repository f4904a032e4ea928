"""Restores a backup into an empty database in one transaction."""

import re
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Thread
from typing import IO

from osit_graphql.backup.pg_tools import Progress, Tools, find_reason, libpq_environment
from osit_graphql.domain.errors import SetupError

# pg_restore writes this setting for every server; servers before 17 don't have it.
TRANSACTION_TIMEOUT = b"SET transaction_timeout = 0;\n"
PREAMBLE_BYTES = 4_000  # the setting is within these
CHUNK_BYTES = 1 << 20
MAX_MESSAGE_LINES = 50  # of each program, the last ones
PROGRESS_LINE = re.compile(r"pg_restore: (creating|processing|executing) ")
# The policy that shows a table to its owner names that role, so it is recreated for the owner of this database.
OWNER_POLICIES = re.compile(r"^\d+; \d+ \d+ POLICY public (\w+) \1_owner ", re.MULTILINE)
CREATE_OWNER_POLICY = "CREATE POLICY {0}_owner ON public.{0} TO CURRENT_USER USING (true) WITH CHECK (true);\n"
REVISION = re.compile(r"^COPY public\.alembic_version .*\n(.*)\n", re.MULTILINE)


@dataclass(frozen=True)
class Archive:
    """A readable backup, and the revision of its schema."""

    file: Path
    revision: str
    table_of_contents: str
    """Output of `pg_restore --list`, one entry per line."""

    @property
    def entries(self) -> int:
        """Number of entries."""
        return sum(not line.startswith(";") for line in self.table_of_contents.splitlines())


def inspect(tools: Tools, file: Path) -> Archive:
    """Read a backup's contents. Raise `SetupError` if the file is no backup of OSIT."""
    if not file.is_file():
        raise SetupError(f"{file} does not exist.")
    revision = REVISION.search(_run_pg_restore(tools, file, "--data-only", "--table=alembic_version", "--file=-"))
    if not revision:
        raise SetupError(f"{file} is not a backup of OSIT.")
    return Archive(file, revision[1], _run_pg_restore(tools, file, "--list"))


def _run_pg_restore(tools: Tools, file: Path, *arguments: str) -> str:
    command = [tools.find("pg_restore"), *arguments, "--", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)  # noqa: S603 - PostgreSQL's own program
    if done.returncode:
        raise SetupError(f"{file} can't be read as a backup: {find_reason(done.stderr.splitlines())}")
    return done.stdout


def restore(tools: Tools, url: str, archive: Archive, progress: Progress) -> None:
    """Restore the archive into the database at `url` in one transaction. The role in `url` owns the tables then."""
    with NamedTemporaryFile("w", encoding="utf-8") as entry_list:
        entry_list.write(
            "\n".join(line for line in archive.table_of_contents.splitlines() if not OWNER_POLICIES.match(line))
        )
        entry_list.flush()
        messages = _pipe(tools, libpq_environment(url), archive, entry_list.name, progress)
    if messages is not None:
        raise SetupError(f"The restore failed and changed nothing: {find_reason(messages)}")


def _pipe(
    tools: Tools, environment: dict[str, str], archive: Archive, entry_list: str, progress: Progress
) -> list[str] | None:
    """Pipe pg_restore's SQL into psql. Return the messages of the program that failed, None on success."""
    form = ("--no-owner", "--verbose", f"--use-list={entry_list}", "--file=-", "--")
    reading = [tools.find("pg_restore"), *form, str(archive.file)]
    writing = [
        tools.find("psql"),
        "--no-psqlrc",
        "--quiet",
        "--set=ON_ERROR_STOP=1",
        "--set=VERBOSITY=verbose",
        "--file=-",
    ]
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    messages: tuple[list[str], list[str]] = ([], [])
    with (
        subprocess.Popen(reading, stdin=nothing, stdout=pipe, stderr=pipe) as source,  # noqa: S603 - PostgreSQL's own
        subprocess.Popen(writing, env=environment, stdin=pipe, stdout=nothing, stderr=pipe) as target,  # noqa: S603 - the same
    ):
        readers = [
            Thread(target=_read_messages, args=(source.stderr, messages[0], archive.entries, progress)),
            Thread(target=_read_messages, args=(target.stderr, messages[1], 0, None)),
        ]
        for reader in readers:
            reader.start()
        _copy(
            source,
            target,
            "".join(CREATE_OWNER_POLICY.format(table) for table in OWNER_POLICIES.findall(archive.table_of_contents)),
        )
        for reader in readers:
            reader.join()
    if target.returncode:
        return messages[1]
    return messages[0] if source.returncode else None


def _copy(source: subprocess.Popen[bytes], target: subprocess.Popen[bytes], owner_policies: str) -> None:
    """Copy the archive's SQL, then `owner_policies`. Send COMMIT only if pg_restore succeeded."""
    if source.stdout is None or target.stdin is None:
        raise AssertionError("both were opened as pipes")
    with suppress(BrokenPipeError):  # psql stopped at an error and reported it
        target.stdin.write(b"BEGIN;\n")
        target.stdin.write(source.stdout.read(PREAMBLE_BYTES).replace(TRANSACTION_TIMEOUT, b"", 1))
        while chunk := source.stdout.read(CHUNK_BYTES):
            target.stdin.write(chunk)
        if source.wait() == 0:
            target.stdin.write(f"\n{owner_policies}COMMIT;\n".encode())
    source.kill()
    with suppress(BrokenPipeError):
        target.stdin.close()


def _read_messages(stream: IO[bytes], messages: list[str], entries: int, progress: Progress | None) -> None:
    """Read a program's messages so that it never blocks; keep the last ones and report progress."""
    done = 0
    for line in stream:
        words = line.decode(errors="replace")
        messages[:] = [*messages[-MAX_MESSAGE_LINES:], words]
        done += bool(PROGRESS_LINE.match(words))
        if progress:
            progress(min(done, entries), entries)
