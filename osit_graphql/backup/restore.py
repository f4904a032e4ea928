"""Reading a backup into an empty database: whole, or not at all."""

import re
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Thread
from typing import IO

from osit_graphql.backup.pg_tools import Progress, Tools, address, find_reason
from osit_graphql.domain.errors import SetupError

# pg_restore writes this for every server, and those before 17 don't know it.
NEWER = b"SET transaction_timeout = 0;\n"
PREAMBLE = 4_000  # bytes within which it stands
CHUNK = 1 << 20
LAST = 50  # lines that a program's complaint is looked for in
STEP = re.compile(r"pg_restore: (creating|processing|executing) ")
# The policy that shows a table to its owner names that role: it is made anew, for the role that owns it here.
OWNERS = re.compile(r"^\d+; \d+ \d+ POLICY public (\w+) \1_owner ", re.MULTILINE)
OWNER = "CREATE POLICY {0}_owner ON public.{0} TO CURRENT_USER USING (true) WITH CHECK (true);\n"
REVISION = re.compile(r"^COPY public\.alembic_version .*\n(.*)\n", re.MULTILINE)


@dataclass(frozen=True)
class Archive:
    """A backup that can be read, and the revision of its schema."""

    file: Path
    revision: str
    listed: str
    """What pg_restore lists of it, an entry a line."""

    @property
    def entries(self) -> int:
        """How many things it holds."""
        return sum(not line.startswith(";") for line in self.listed.splitlines())


def inspect(tools: Tools, file: Path) -> Archive:
    """Read what a file holds; `SetupError` when it is no backup of OSIT's."""
    if not file.is_file():
        raise SetupError(f"There is no file {file}.")
    revision = REVISION.search(_ask(tools, file, "--data-only", "--table=alembic_version", "--file=-"))
    if not revision:
        raise SetupError(f"{file} is no backup of OSIT's.")
    return Archive(file, revision[1], _ask(tools, file, "--list"))


def _ask(tools: Tools, file: Path, *arguments: str) -> str:
    command = [tools.find("pg_restore"), *arguments, "--", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)  # noqa: S603 - PostgreSQL's own program
    if done.returncode:
        raise SetupError(f"{file} can't be read as a backup: {find_reason(done.stderr.splitlines())}")
    return done.stdout


def restore(tools: Tools, url: str, archive: Archive, progress: Progress) -> None:
    """Put everything into the database at `url`, in one transaction; its tables belong to whom `url` connects as."""
    with NamedTemporaryFile("w", encoding="utf-8") as chosen:
        chosen.write("\n".join(line for line in archive.listed.splitlines() if not OWNERS.match(line)))
        chosen.flush()
        complaints = _pour(tools, address(url), archive, chosen.name, progress)
    if complaints is not None:
        raise SetupError(f"The restoring failed, and the database is as it was: {find_reason(complaints)}")


def _pour(
    tools: Tools, environment: dict[str, str], archive: Archive, chosen: str, progress: Progress
) -> list[str] | None:
    """Have pg_restore write SQL and psql run it; return what they complain of, None when all went well."""
    form = ("--no-owner", "--verbose", f"--use-list={chosen}", "--file=-", "--")
    reading = [tools.find("pg_restore"), *form, str(archive.file)]
    writing = [tools.find("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file=-"]
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    heard: tuple[list[str], list[str]] = ([], [])
    with (
        subprocess.Popen(reading, stdin=nothing, stdout=pipe, stderr=pipe) as source,  # noqa: S603 - PostgreSQL's own
        subprocess.Popen(writing, env=environment, stdin=pipe, stdout=nothing, stderr=pipe) as target,  # noqa: S603 - the same
    ):
        ears = [
            Thread(target=_listen, args=(source.stderr, heard[0], archive.entries, progress)),
            Thread(target=_listen, args=(target.stderr, heard[1], 0, None)),
        ]
        for ear in ears:
            ear.start()
        _copy(source, target, "".join(OWNER.format(table) for table in OWNERS.findall(archive.listed)))
        for ear in ears:
            ear.join()
    if target.returncode:
        return heard[1]
    return heard[0] if source.returncode else None


def _copy(source: subprocess.Popen[bytes], target: subprocess.Popen[bytes], last: str) -> None:
    """Hand over what the archive holds, then `last`; psql is told to commit only when all of it came."""
    if source.stdout is None or target.stdin is None:
        raise AssertionError("both were opened as pipes")
    with suppress(BrokenPipeError):  # psql has stopped at an error, and has said which
        target.stdin.write(b"BEGIN;\n")
        target.stdin.write(source.stdout.read(PREAMBLE).replace(NEWER, b"", 1))
        while chunk := source.stdout.read(CHUNK):
            target.stdin.write(chunk)
        if source.wait() == 0:
            target.stdin.write(f"\n{last}COMMIT;\n".encode())
    source.kill()
    with suppress(BrokenPipeError):
        target.stdin.close()


def _listen(stream: IO[bytes], heard: list[str], entries: int, progress: Progress | None) -> None:
    """Keep the last words of a program, so that it never blocks on them; its steps are progress."""
    done = 0
    for line in stream:
        words = line.decode(errors="replace")
        heard[:] = [*heard[-LAST:], words]
        done += bool(STEP.match(words))
        if progress:
            progress(min(done, entries), entries)
