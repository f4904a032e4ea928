"""Committed files for the architecture tests; Python files are parsed once."""

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
    """One Python file; `name` is its path from the root of the repository."""

    name: str

    @cached_property
    def text(self) -> str:
        """The text of the file."""
        return (ROOT / self.name).read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree of the file."""
        return ast.parse(self.text)

    @property
    def functions(self) -> Iterator[Function]:
        """All functions and methods, nested ones included."""
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))

    def at(self, node: ast.expr | ast.stmt) -> str:
        """Return path and line of a node, as an editor opens it."""
        return f"{self.name}:{node.lineno}"


@cache
def committed() -> tuple[str, ...]:
    """Return every file that git would add. It works before a commit, and without git."""
    ignored = GitIgnoreSpec.from_lines([*(ROOT / ".gitignore").read_text(encoding="utf-8").splitlines(), ".git"])
    files = []
    for place, folders, names in os.walk(ROOT):
        inside = Path(place).relative_to(ROOT)
        folders[:] = [folder for folder in folders if not ignored.match_file(f"{inside / folder}/")]
        files += [str(inside / name) for name in names if not ignored.match_file(inside / name)]
    return tuple(sorted(files))


@cache
def modules(*tops: str) -> tuple[Module, ...]:
    """Return every Python file under these folders."""
    return tuple(Module(name) for name in committed() if name.endswith(".py") and name.startswith(tops))


def package() -> tuple[Module, ...]:
    """Return the modules of the package."""
    return modules("osit_graphql/")


def everything() -> tuple[Module, ...]:
    """Return every Python file of the repository."""
    return modules("")


def callee(call: ast.Call) -> str:
    """Return the last name of the called expression: `select` for `select(…)` and for `sa.select(…)`."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""
