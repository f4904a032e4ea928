"""The README's story, pasted into a shell as the README says, against the demo company."""

import json
import re
import shutil
import subprocess

import pytest

from tests.architecture.source import ROOT

STORY = re.compile(r"<!-- tested: tests/browser/test_readme.py -->\n```bash\n(.*?)```", re.DOTALL)


@pytest.mark.skipif(shutil.which("curl") is None, reason="the README's story is told with curl")
def test_the_story_in_five_calls(address: str) -> None:
    found = STORY.search((ROOT / "README.md").read_text("utf-8"))
    assert found is not None
    command = ["bash", "-euo", "pipefail", "-c", found[1]]
    ran = subprocess.run(
        command, env={"URL": address, "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    rerouted, read, closed = (json.loads(line)["data"] for line in ran.stdout.splitlines())
    assert rerouted["ticketReroute"]["ticket"] is None
    assert rerouted["ticketReroute"]["activity"]["kind"] == "REROUTING"
    history = read["ticket"]["activities"]["nodes"]
    assert [row["kind"] for row in history] == ["OPENED", "REROUTING"]
    assert history[1]["author"]["service"]["name"] == "Développement RH"
    assert closed["ticketClose"]["ticket"]["status"] == "CLOSED"
