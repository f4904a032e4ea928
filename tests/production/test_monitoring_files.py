"""The files of deploy/ for Prometheus and Grafana: valid, complete, and about metrics that exist."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from osit_graphql.metrics import Metrics

DEPLOY = Path(__file__).parents[2] / "deploy"
PROMETHEUS = DEPLOY / "prometheus"
ALERTS = (PROMETHEUS / "alerts.yml").read_text(encoding="utf-8")
DASHBOARD = json.loads((DEPLOY / "grafana" / "osit.json").read_text(encoding="utf-8"))
NAME = re.compile(r"\bosit_[a-z_]+")


def exported() -> set[str]:
    """Return the names of all series, and those of histograms without `_bucket`, `_count` and `_sum`."""
    metrics = Metrics()
    metrics.observe_request("Queue", "query", "OK", 0.1)
    metrics.observe_job("purge", failed=False)
    metrics.set_database("primary", pool_size=1, in_use=0, waiting=0, up=True)
    families = list(metrics.registry().collect())
    series = {sample.name for family in families for sample in family.samples}
    return series | {family.name for family in families if family.type == "histogram"}


def dashboard_queries() -> Iterator[str]:
    """Yield the queries of the dashboard, with a value for Grafana's variables."""
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", ()):
            yield target["expr"].replace("$__rate_interval", "1m").replace("$instance", ".*")


def promtool(*arguments: str | Path) -> None:
    """Run Debian's promtool, which must succeed."""
    program = shutil.which("promtool")
    assert program, "promtool is missing: install Debian's package prometheus"
    done = subprocess.run([program, *arguments], cwd=PROMETHEUS, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_accepts_its_configuration_and_rules() -> None:
    promtool("check", "config", "prometheus.yml")
    promtool("check", "rules", "--lint=all", "--lint-fatal", "alerts.yml")


def test_each_alert_fires_for_its_fault_and_not_for_a_healthy_server() -> None:
    promtool("test", "rules", "alerts_test.yml")
    fired = re.findall(r'alertname="(\w+)"', (PROMETHEUS / "alerts_test.yml").read_text(encoding="utf-8"))
    assert sorted(fired) == sorted(re.findall(r"alert: (\w+)", ALERTS))


def test_each_alert_says_what_to_do_and_is_documented() -> None:
    document = (DEPLOY.parent / "docs" / "monitoring.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(Osit\w+)` \|", document, re.MULTILINE) == re.findall(r"alert: (\w+)", ALERTS)
    assert ALERTS.count("- alert: ") == ALERTS.count("runbook: ") == ALERTS.count("summary: ")


def test_prometheus_accepts_the_queries_of_the_dashboard(tmp_path: Path) -> None:
    rules: dict[str, Any] = {
        "groups": [
            {"name": "all", "rules": [{"record": f"q{n}", "expr": q} for n, q in enumerate(dashboard_queries())]}
        ]
    }
    file = tmp_path / "queries.yml"
    file.write_text(json.dumps(rules))  # JSON is YAML
    promtool("check", "rules", file)


@pytest.mark.parametrize("text", [ALERTS, "\n".join(dashboard_queries())], ids=["alerts", "dashboard"])
def test_each_name_is_exported(text: str) -> None:
    named = set(NAME.findall(text))
    assert named
    assert named - exported() == set()


def test_the_dashboard_shows_each_metric() -> None:
    shown = {re.sub("_(bucket|count|sum)$", "", name) for name in NAME.findall(json.dumps(DASHBOARD))}
    families = {re.sub("_(bucket|count|sum)$", "", name) for name in exported()}
    assert families - shown == set()
