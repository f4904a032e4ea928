"""The README's story, run in a shell against the demo company."""

import json
import re
import shutil
import subprocess

import pytest

from tests.architecture.source import ROOT

STORY = re.compile(r"<!-- tested: tests/browser/test_readme.py -->\n```bash\n(.*?)```", re.DOTALL)


@pytest.mark.skipif(shutil.which("curl") is None, reason="the README's story needs curl")
def test_the_story_in_five_calls(address: str) -> None:
    match = STORY.search((ROOT / "README.md").read_text("utf-8"))
    assert match is not None
    command = ["bash", "-euo", "pipefail", "-c", match[1]]
    process = subprocess.run(
        command, env={"URL": address, "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False
    )
    assert (process.returncode, process.stderr) == (0, "")
    rerouted, read, closed = (json.loads(line)["data"] for line in process.stdout.splitlines())
    assert rerouted["ticketReroute"]["ticket"] is None
    assert rerouted["ticketReroute"]["activity"]["kind"] == "REROUTING"
    history = read["ticket"]["activities"]["nodes"]
    assert [row["kind"] for row in history] == ["OPENED", "REROUTING"]
    assert history[1]["author"]["service"]["name"] == "Développement RH"
    assert closed["ticketClose"]["ticket"]["status"] == "CLOSED"
