"""The operating-system user that runs PostgreSQL: a system user if OSIT runs as root, else the same user."""

import grp
import os
import pwd
import shutil
import subprocess
import sys
from dataclasses import dataclass

from osit_graphql.domain.errors import SetupError

SYSTEM_USER = "osit-postgres"
_TOOLS = f"/usr/sbin:/usr/bin:/sbin:/bin:{os.environ.get('PATH') or os.defpath}"
# setpriv calls exec, so the shell's parent is OSIT, unless OSIT died before the parent death signal was set.
_RUN_IF_PARENT_LIVES = '[ "$PPID" = "$1" ] && shift && exec "$@"'


@dataclass(frozen=True)
class OsUser:
    """The user that owns PostgreSQL's files, and the user that may connect."""

    name: str
    uid: int
    gid: int
    client: str
    """Name of the user who runs OSIT, the only one allowed by `pg_ident`."""

    @property
    def separate(self) -> bool:
        """Whether PostgreSQL runs as another user than OSIT, because OSIT runs as root."""
        return self.uid != os.geteuid()

    def wrap(self, *command: str) -> list[str]:
        """Return the command that runs `command` as this user and sends it SIGINT when the starting thread ends."""
        guarded = ["/bin/sh", "-c", _RUN_IF_PARENT_LIVES, "osit", str(os.getpid()), *command]
        if sys.platform != "linux":
            return guarded
        setpriv = shutil.which("setpriv", path=_TOOLS)
        if setpriv is None:
            raise SetupError(
                "The embedded PostgreSQL needs the command setpriv: install the package util-linux,"
                " or set OSIT_DATABASE_URL to your own PostgreSQL."
            )
        identity = [f"--reuid={self.uid}", f"--regid={self.gid}", "--clear-groups", "--inh-caps=-all"]
        return [setpriv, *(identity if self.separate else ()), "--no-new-privs", "--pdeathsig=INT", "--", *guarded]


def find_os_user() -> OsUser:
    """Return the user for PostgreSQL; as root, create its system user if it is missing."""
    try:
        me = pwd.getpwuid(os.geteuid())
    except KeyError:
        raise SetupError(
            f"The user {os.geteuid()} that runs OSIT has no entry in /etc/passwd, which PostgreSQL needs:"
            " add one, or set OSIT_DATABASE_URL to your own PostgreSQL."
        ) from None
    if me.pw_uid != 0:
        return OsUser(me.pw_name, me.pw_uid, me.pw_gid, me.pw_name)
    entry = _find_user() or _create_user()
    if entry.pw_uid == 0:
        raise SetupError(f"The user {SYSTEM_USER} has the uid 0 in /etc/passwd. PostgreSQL refuses to run as root.")
    return OsUser(entry.pw_name, entry.pw_uid, entry.pw_gid, me.pw_name)


def _find_user() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        return None


def _has_group() -> bool:
    try:
        return grp.getgrnam(SYSTEM_USER).gr_gid != 0
    except KeyError:
        return False


def _create_user() -> pwd.struct_passwd:
    useradd = shutil.which("useradd", path=_TOOLS)
    if useradd is None:
        raise SetupError(
            f"PostgreSQL refuses to run as root, and there is no `useradd` to create the user {SYSTEM_USER}:"
            " create that user, run OSIT as an ordinary user, or set OSIT_DATABASE_URL to your own PostgreSQL."
        )
    form = [
        "--system",
        *(("--gid", SYSTEM_USER) if _has_group() else ("--user-group",)),
        "--no-create-home",
        "--home-dir",
        "/nonexistent",
        "--shell",
        "/usr/sbin/nologin",
    ]
    done = subprocess.run([useradd, *form, SYSTEM_USER], capture_output=True, text=True, check=False)  # noqa: S603 - fixed words
    entry = _find_user()  # another start may have created it meanwhile
    if entry is None:
        reason = done.stderr.strip().replace("\n", " ")
        raise SetupError(f"The user {SYSTEM_USER}, as whom PostgreSQL would run, could not be created: {reason}")
    return entry
