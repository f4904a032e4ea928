"""The files of deploy/: systemd finds no fault, versions agree, and nginx has the tested configuration."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, committed

DEPLOY = ROOT / "deploy"
UNITS = DEPLOY / "systemd"
MAX_EXPOSURE = 20  # tenths: systemd's scale ends at 10, « OK » below 5
ANALYZE = shutil.which("systemd-analyze")
needs_systemd = pytest.mark.skipif(ANALYZE is None, reason="needs systemd-analyze, of Debian's package systemd")
SECRET = re.compile(r"PASSWORD=(?!/)|BEGIN .*PRIVATE KEY|://\w+:(?!…@|PASSWORD@)[^@\s/]+@")


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    assert ANALYZE is not None
    return subprocess.run([ANALYZE, *arguments], capture_output=True, text=True, check=False)


@needs_systemd
@pytest.mark.parametrize("name", ["osit.service", "osit-backup.service"])
def test_units_are_hardened(name: str) -> None:
    done = analyze("security", "--offline=true", "--no-pager", f"--threshold={MAX_EXPOSURE}", UNITS / name)
    assert done.returncode == 0, done.stdout


@needs_systemd
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    """The programs exist in the copies; verify also looks for them."""
    program = tmp_path / "osit"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for unit in UNITS.iterdir():
        (tmp_path / unit.name).write_text(unit.read_text("utf-8").replace("/opt/osit/bin/osit", str(program)))
    units = [tmp_path / unit.name for unit in UNITS.iterdir()]
    done = analyze("verify", "--man=no", *units)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@needs_systemd
def test_a_unit_with_a_misspelt_directive_is_reported(tmp_path: Path) -> None:
    unit = tmp_path / "osit.service"
    unit.write_text((UNITS / unit.name).read_text("utf-8").replace("ProtectHome=", "ProtectHom="))
    assert "Unknown key 'ProtectHom'" in analyze("verify", "--man=no", unit).stderr


def test_nginx_in_the_compose_file_has_the_tested_configuration() -> None:
    """It is examples/nginx.conf, with the names of the servers and the places of the certificate."""
    example = (ROOT / "examples/nginx.conf").read_text("utf-8")
    for text, place in (
        ("127.0.0.1:8000", "osit-1:8000"),
        ("127.0.0.1:8001", "osit-2:8000"),
        ("/etc/ssl/certs/desk.example.pem", "/run/secrets/tls.pem"),
        ("/etc/ssl/private/desk.example.key", "/run/secrets/tls.key"),
    ):
        assert example.count(text) == 1
        example = example.replace(text, place)
    assert (DEPLOY / "nginx.conf").read_text("utf-8") == example, "change it as examples/nginx.conf"


def test_images_have_the_version_of_the_package() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    texts = {name: (ROOT / name).read_text("utf-8") for name in committed() if name.startswith("deploy/")}
    tags = {(name, tag) for name, text in texts.items() for tag in re.findall(r"osit:(\d[\w.]*)", text)}
    assert {tag for _, tag in tags} == {version}
    assert len(tags) == 5


def test_deploy_contains_no_secret() -> None:
    texts = {name: (ROOT / name).read_text("utf-8") for name in committed() if name.startswith("deploy/")}
    assert {name for name, text in texts.items() if SECRET.search(text)} == set()
