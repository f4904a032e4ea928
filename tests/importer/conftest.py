"""Shows the reconciled figures at the end of the tests' output, whether they ran in one process or several."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    told = [
        value
        for report in terminalreporter.stats.get("passed", [])
        for name, value in report.user_properties
        if name == "reconciled"
    ]
    if told:
        terminalreporter.section("the real log, reconciled")
        for line in told:
            terminalreporter.write_line(line)
