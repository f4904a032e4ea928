"""The compose file and the Kubernetes manifests match the schemas of their formats."""

import sys
from pathlib import Path

import pytest

from tests.acceptance.commands import check
from tests.acceptance.conftest import Record
from tests.architecture.source import ROOT

DEPLOY = ROOT / "deploy"
KUBERNETES = "1.34"


@pytest.fixture(scope="module")
def programs(shared_place: Path) -> Path:
    """Provide the validators, from their own lock file."""
    venv = shared_place / "validators"
    check(Path(sys.executable).resolve(), "-m", "venv", venv)
    lock = ROOT / "requirements" / "deploy.txt"
    check(venv / "bin" / "pip", "install", "-q", "--require-hashes", "--only-binary", ":all:", "-r", lock)
    return venv / "bin"


def test_kubernetes_accepts_the_manifests(programs: Path, record: Record) -> None:
    """Unknown fields are errors."""
    manifests = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
    check(programs / "kubernetes-validate", "--strict", "-k", KUBERNETES, *manifests)
    kinds = sum(manifest.read_text("utf-8").count("\nkind: ") for manifest in manifests)
    record(f"schemas of Kubernetes {KUBERNETES}", f"{kinds} objects in {len(manifests)} files are valid")


def test_the_compose_file_is_valid(programs: Path, record: Record) -> None:
    check(programs / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", DEPLOY / "compose.yaml")
    record("schema of compose files", "valid")
