"""Sources of the page: types check, operations are valid, packages are pinned without addresses."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

from tests.waiting import HANG_TIMEOUT_S

ROOT = Path(__file__).parents[2]
WEB = ROOT / "web"
OPERATIONS = sorted((WEB / "src" / "story" / "operations").glob("*.graphql"))


def test_the_page_type_checks() -> None:
    done = subprocess.run(
        [sys.executable, WEB / "build.py", "--check"],
        capture_output=True,
        text=True,
        timeout=HANG_TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("file", OPERATIONS, ids=lambda file: file.stem)
def test_the_storys_operations_are_valid(file: Path) -> None:
    schema = build_schema((ROOT / "schema.graphql").read_text())
    assert validate(schema, parse(file.read_text())) == []


def test_the_lock_pins_every_package_by_hash_and_names_no_address() -> None:
    text = (WEB / "package-lock.json").read_text()
    packages = {name: entry for name, entry in json.loads(text)["packages"].items() if name}
    assert len(packages) > 100
    assert [name for name, entry in packages.items() if not entry["integrity"].startswith("sha512-")] == []
    assert re.findall(r"https?://|resolved", text) == []
