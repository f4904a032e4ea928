"""Log lines: events of OSIT and records of libraries in one format, from the configured level."""

import json
import re
import subprocess
import sys

import pytest

PROGRAM = """
import logging, sys
import structlog
from osit_graphql.server import logging_config
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
logging_config.configure(Settings(_env_file=None, log_level=level, log_format=form))
sys.stderr = stderr
structlog.contextvars.bind_contextvars(request_id="r-1")
log = structlog.get_logger()
log.debug("deep", n=1)
log.info("request", path="/graphql", status=200, duration_ms=1.5, codes=["A", "B"], text="Été\\nou <b>")
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
IMPORTS = """
import structlog
from osit_graphql.server import logging_config as l
from osit_graphql.settings import Settings as S
"""
PLAIN = {
    "debug": "<T> [debug    ] deep                           n=1 request_id=r-1",
    "info": "<T> [info     ] request                        codes=['A', 'B'] duration_ms=1.5 path=/graphql "
    "request_id=r-1 status=200 text='Été\\nou <b>'",
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


def log_everything(level: str, form: str, stream: str = "working") -> tuple[str, list[str]]:
    """Log events of all kinds in another process; return its output and its lines without timestamps."""
    command = [sys.executable, "-c", PROGRAM, level, form, stream]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    return done.stdout, re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "<T>", done.stderr).splitlines()


@pytest.mark.parametrize("level", LEVELS)
def test_console_format_has_one_line_per_event(level: str) -> None:
    _, lines = log_everything(level, "console")
    at = len(LEVELS[level])
    assert lines[:at] == [PLAIN[name] for name in LEVELS[level]]
    assert lines[at] == "Traceback (most recent call last):"
    assert lines[-1] == "ValueError", "without its text, which may quote values"
    assert "hunter2" not in "".join(lines[at:-4]), "except in source lines"


@pytest.mark.parametrize("level", LEVELS)
def test_json_format_has_one_object_per_line(level: str) -> None:
    _, lines = log_everything(level, "json")
    output = [json.loads(line) for line in lines]
    assert len(output) == len(LEVELS[level])
    assert all(line.isascii() for line in lines)
    fault = output[-1]
    [trace] = fault.pop("exception")
    assert (trace["exc_type"], trace["exc_value"]) == ("ValueError", "")
    assert all("locals" not in frame or frame["locals"] is None for frame in trace["frames"])
    assert fault == {"event": "fault", "path": "a.b", "request_id": "r-1", "level": "error", "timestamp": "<T>"}
    if level == "info":
        assert output[0] == {
            "event": "request",
            "path": "/graphql",
            "status": 200,
            "duration_ms": 1.5,
            "codes": ["A", "B"],
            "text": "Été\nou <b>",
            "request_id": "r-1",
            "level": "info",
            "timestamp": "<T>",
        }
        assert list(output[0])[:4] == ["path", "status", "duration_ms", "codes"], "the event's own keys come first"


@pytest.mark.parametrize("form", ["console", "json"])
def test_a_full_disk_stops_nothing(form: str) -> None:
    output, lines = log_everything("info", form, "broken")
    assert output == "went on\n"
    assert "OSError: no space left" in lines


def test_a_new_configuration_applies_to_used_loggers() -> None:
    twice = IMPORTS + "l.configure(S(_env_file=None)); log = structlog.get_logger(); log.info('one'); "
    twice += "l.configure(S(_env_file=None, log_level='warning', log_format='json')); log.info('two'); log.warning('3')"
    done = subprocess.run([sys.executable, "-c", twice], capture_output=True, encoding="utf-8", check=True)
    one, three = done.stderr.splitlines()
    assert one.endswith("[info     ] one")
    assert json.loads(three)["event"] == "3"


def test_json_format_accepts_any_text_and_number() -> None:
    """A lone surrogate in a path or a large integer does not lose the line."""
    odd = IMPORTS + "l.configure(S(_env_file=None, log_format='json')); log = structlog.get_logger(); "
    odd += "log.info('half', path=chr(0xD800)); log.info('large', number=2**70); log.info('%s of them', 'some')"
    done = subprocess.run([sys.executable, "-c", odd], capture_output=True, encoding="utf-8", check=True)
    half, large, some = map(json.loads, done.stderr.splitlines())
    assert (half["path"], large["number"], some["event"]) == ("\ud800", 2**70, "some of them")
