"""What whoever runs it reads: our events and the libraries', in one form, from the level that was chosen."""

import json
import re
import subprocess
import sys

import pytest

SPEAKING = """
import logging, sys
import structlog
from osit_graphql import logs
from osit_graphql.settings import Settings

level, form, broken = sys.argv[1:]


class Broken:
    def write(self, text):
        raise OSError("no space left")

    def flush(self):
        raise OSError("no space left")

    def isatty(self):
        return False


stderr = sys.stderr
if broken == "broken":
    sys.stderr = Broken()
logs.configure(Settings(_env_file=None, log_level=level, log_format=form))
sys.stderr = stderr
structlog.contextvars.bind_contextvars(request_id="r-1")
log = structlog.get_logger()
log.debug("deep", n=1)
log.info("request", path="/graphql", status=200, duration_ms=1.5, codes=["A", "B"], said="Été\\nou <b>")
log.warning("careful", peer=None, empty="", one="=", two="it's", three="a\\tb", four=["x"])
log.warning("a sentence that is longer than thirty letters", four='"')
log.warning("")
logging.getLogger("library").warning("of %s", "theirs")
logging.getLogger("library").info("as well")
logging.getLogger("uvicorn.error").info("noise")
logging.getLogger("alembic.runtime.plugins").info("noise")
try:
    hidden = "hunter2"
    raise ValueError("broke")
except ValueError:
    log.exception("fault", path="a.b")
print("went on")
"""
PLAIN = {
    "debug": "<T> [debug    ] deep                           n=1 request_id=r-1",
    "info": "<T> [info     ] request                        codes=['A', 'B'] duration_ms=1.5 path=/graphql "
    "request_id=r-1 said='Été\\nou <b>' status=200",
    "warning": "<T> [warning  ] careful                        empty= four=['x'] one='=' peer=None request_id=r-1 "
    "three='a\\tb' two=\"it's\"",
    "long": "<T> [warning  ] a sentence that is longer than thirty letters four='\"' request_id=r-1",
    "nothing": "<T> [warning  ]                                request_id=r-1",
    "theirs": "<T> [warning  ] of theirs                      request_id=r-1",
    "as well": "<T> [info     ] as well                        request_id=r-1",
    "error": "<T> [error    ] fault                          path=a.b request_id=r-1",
}
LEVELS = {
    "debug": ["debug", "info", "warning", "long", "nothing", "theirs", "as well", "error"],
    "info": ["info", "warning", "long", "nothing", "theirs", "as well", "error"],
    "warning": ["warning", "long", "nothing", "theirs", "error"],
    "error": ["error"],
}


def speak(level: str, form: str, stream: str = "whole") -> tuple[str, list[str]]:
    """Log a little of everything in a process of its own; return what it prints and its lines, without times."""
    command = [sys.executable, "-c", SPEAKING, level, form, stream]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    return done.stdout, re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "<T>", done.stderr).splitlines()


@pytest.mark.parametrize("level", LEVELS)
def test_people_read_a_line_an_event(level: str) -> None:
    _, lines = speak(level, "console")
    at = len(LEVELS[level])
    assert lines[:at] == [PLAIN[name] for name in LEVELS[level]]
    assert lines[at] == "Traceback (most recent call last):"
    assert lines[-1] == "ValueError: broke"
    assert "hunter2" not in "".join(lines[at:-4]), "but for the source's own lines"


@pytest.mark.parametrize("level", LEVELS)
def test_machines_read_one_object_a_line(level: str) -> None:
    _, lines = speak(level, "json")
    said = [json.loads(line) for line in lines]
    assert len(said) == len(LEVELS[level])
    assert all(line.isascii() for line in lines)
    fault = said[-1]
    [trace] = fault.pop("exception")
    assert (trace["exc_type"], trace["exc_value"]) == ("ValueError", "broke")
    assert all("locals" not in frame or frame["locals"] is None for frame in trace["frames"])
    assert fault == {"event": "fault", "path": "a.b", "request_id": "r-1", "level": "error", "timestamp": "<T>"}
    if level == "info":
        assert said[0] == {
            "event": "request",
            "path": "/graphql",
            "status": 200,
            "duration_ms": 1.5,
            "codes": ["A", "B"],
            "said": "Été\nou <b>",
            "request_id": "r-1",
            "level": "info",
            "timestamp": "<T>",
        }
        assert list(said[0])[:4] == ["path", "status", "duration_ms", "codes"], "what was said comes first"


@pytest.mark.parametrize("form", ["console", "json"])
def test_a_full_disk_stops_nobody(form: str) -> None:
    said, lines = speak("info", form, "broken")
    assert said == "went on\n"
    assert "OSError: no space left" in lines


def test_what_is_configured_last_holds_for_loggers_that_spoke_before() -> None:
    twice = "from osit_graphql import logs as l; import structlog; from osit_graphql.settings import Settings as S; "
    twice += "l.configure(S(_env_file=None)); log = structlog.get_logger(); log.info('one'); "
    twice += "l.configure(S(_env_file=None, log_level='warning', log_format='json')); log.info('two'); log.warning('3')"
    done = subprocess.run([sys.executable, "-c", twice], capture_output=True, encoding="utf-8", check=True)
    one, three = done.stderr.splitlines()
    assert one.endswith("[info     ] one")
    assert json.loads(three)["event"] == "3"


def test_machines_read_what_is_not_quite_text_as_well() -> None:
    """Half a character out of somebody's path, a number that no machine has room for: the line is written."""
    odd = "from osit_graphql import logs as l; import structlog; from osit_graphql.settings import Settings as S; "
    odd += "l.configure(S(_env_file=None, log_format='json')); log = structlog.get_logger(); "
    odd += "log.info('half', path=chr(0xD800)); log.info('large', number=2**70); log.info('%s of them', 'some')"
    done = subprocess.run([sys.executable, "-c", odd], capture_output=True, encoding="utf-8", check=True)
    half, large, some = map(json.loads, done.stderr.splitlines())
    assert (half["path"], large["number"], some["event"]) == ("\ud800", 2**70, "some of them")
