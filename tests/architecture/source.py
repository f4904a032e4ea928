"""The tree as the house tests read it: the committed files, and Python ones parsed once."""

import ast
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from pathspec import GitIgnoreSpec

ROOT = Path(__file__).resolve().parents[2]

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One Python file; `name` is its path from the top of the tree."""

    name: str

    @cached_property
    def text(self) -> str:
        """The file as it stands."""
        return (ROOT / self.name).read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        """The file, parsed."""
        return ast.parse(self.text)

    @property
    def functions(self) -> Iterator[Function]:
        """Every function and method, nested ones too."""
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))

    def at(self, node: ast.expr | ast.stmt) -> str:
        """Where a node stands, as an editor opens it."""
        return f"{self.name}:{node.lineno}"


@cache
def committed() -> tuple[str, ...]:
    """Every file that git would take, so that a file is judged before it is committed, and where there is no git."""
    ignored = GitIgnoreSpec.from_lines([*(ROOT / ".gitignore").read_text(encoding="utf-8").splitlines(), ".git/"])
    found = []
    for place, folders, names in os.walk(ROOT):
        inside = Path(place).relative_to(ROOT)
        folders[:] = [folder for folder in folders if not ignored.match_file(f"{inside / folder}/")]
        found += [str(inside / name) for name in names if not ignored.match_file(inside / name)]
    return tuple(sorted(found))


@cache
def modules(*tops: str) -> tuple[Module, ...]:
    """Every Python file under these folders."""
    return tuple(Module(name) for name in committed() if name.endswith(".py") and name.startswith(tops))


def package() -> tuple[Module, ...]:
    """Return what is shipped."""
    return modules("osit_graphql/")


def everything() -> tuple[Module, ...]:
    """Return every Python file of the tree."""
    return modules("")


def callee(call: ast.Call) -> str:
    """Return the last name of what is called: `select` for `select(…)` and for `sa.select(…)`."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""
