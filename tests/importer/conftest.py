"""Prints the reconciled figures at the end of the tests' output, from one process or several."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    lines = [
        value
        for report in terminalreporter.stats.get("passed", [])
        for name, value in report.user_properties
        if name == "reconciled"
    ]
    if lines:
        terminalreporter.section("the real log, reconciled")
        for line in lines:
            terminalreporter.write_line(line)
