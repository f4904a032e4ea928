"""No fault loses or doubles an acknowledged write; the short form of `make chaos`."""

import subprocess
import sys

from tests.chaos.faults import TRIALS


def test_no_fault_loses_or_doubles_a_write() -> None:
    command = [sys.executable, "-m", "tests.chaos", "--short"]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    figures = {cells[1]: cells[2] for line in finished.stdout.splitlines() if len(cells := line.split("|")) > 3}
    rows = {name.strip(): figure.strip().replace(",", "") for name, figure in figures.items()}
    for trial in TRIALS:
        assert rows.get(trial.name, "0") == str(trial.short_times)
    assert int(rows["writes acknowledged"]) > 0
    assert int(rows["requests sent again"]) > 0
    assert rows["writes lost"] == rows["writes doubled"] == "0"
