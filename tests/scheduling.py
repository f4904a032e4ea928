"""Distributes test files over workers; those that share a costly server or database stay on one worker."""

import pytest
from xdist.remote import Producer  # type: ignore[import-untyped]
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

# Folders whose files run on the same worker: they share the demo company's database, or a server of `osit demo`.
TOGETHER = (("tests/demo/",), ("tests/browser/", "tests/node/"))


class FolderScheduling(LoadFileScheduling):  # type: ignore[misc]
    """Schedules by file (`--dist loadfile`), and the folders of TOGETHER as one file each."""

    def _split_scope(self, nodeid: str) -> str:
        for folders in TOGETHER:
            if nodeid.startswith(folders):
                return " ".join(folders)
        return str(super()._split_scope(nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FolderScheduling | None:
    """Return the scheduler for `--dist loadfile`; None for pytest-xdist's own choice."""
    return FolderScheduling(config, log) if config.getvalue("dist") == "loadfile" else None
