"""What a planted leak is: texts of the tree that are replaced by others, and the tests that must notice."""

from dataclasses import dataclass
from pathlib import Path

from tests.walls import FIRST


@dataclass(frozen=True)
class Patch:
    """One replacement: `old` stands in the file exactly once."""

    file: str
    old: str
    new: str

    def check(self, tree: Path) -> str | None:
        """Return what is wrong with it in this tree, None when it applies."""
        found = (tree / self.file).read_text(encoding="utf-8").count(self.old)
        return None if found == 1 else f"{self.file} has this {found} times, and must have it once: {self.old!r}"

    def apply(self, tree: Path) -> str:
        """Replace it; return the file's text before."""
        path = tree / self.file
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(self.old, self.new), encoding="utf-8")
        return text


@dataclass(frozen=True)
class Plant:
    """A leak: what it would give away, how it is made, and the tests that must fail with it."""

    name: str
    patches: tuple[Patch, ...]
    tests: tuple[str, ...]
    walls: str = FIRST  # which stand meanwhile: a leak in one wall is no leak while the other one stands


def plant(name: str, file: str, old: str, new: str, *tests: str) -> Plant:
    """Return a leak of one replacement in a file of the package, in what the first wall is made of."""
    return Plant(name, (Patch(f"osit_graphql/{file}", old, new),), tests)
