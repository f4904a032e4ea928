"""A planted leak: texts of the tree that are replaced, and the tests that have to fail then."""

from dataclasses import dataclass
from pathlib import Path

from tests.protection import VISIBILITY


@dataclass(frozen=True)
class Patch:
    """One replacement; the file contains `old` exactly once."""

    file: str
    old: str
    new: str

    def check(self, tree: Path) -> str | None:
        """Return why the patch does not apply to a tree; None when it does."""
        path = tree / self.file
        if not path.is_file():
            return f"{self.file} does not exist"
        count = path.read_text(encoding="utf-8").count(self.old)
        return None if count == 1 else f"{self.file} has this {count} times, and must have it once: {self.old!r}"

    def apply(self, tree: Path) -> str:
        """Replace the text; return the file's text before."""
        path = tree / self.file
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(self.old, self.new), encoding="utf-8")
        return text


@dataclass(frozen=True)
class Plant:
    """A leak, its patches, and the tests that have to fail with it.

    `protection`: the layers that are active meanwhile. The other layer stops a leak in one, so most run with one layer.
    """

    name: str
    patches: tuple[Patch, ...]
    tests: tuple[str, ...]
    protection: str = VISIBILITY


def plant(name: str, file: str, old: str, new: str, *tests: str) -> Plant:
    """Return a leak of one replacement in a file of the package, with visibility as the only layer."""
    return Plant(name, (Patch(f"osit_graphql/{file}", old, new),), tests)
