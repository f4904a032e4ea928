"""Rooms that one can take in at a glance."""

import ast
from pathlib import PurePath

from tests.architecture.source import ROOT, everything, package

LONGEST_FILE = 400
LONGEST_FUNCTION = 40
NAMELESS = {"utils", "util", "helpers", "helper", "common", "base", "misc", "tools"}

# An import inside a function hides what a module stands on; each that must be there says why.
ROUND = "types of the API refer to each other: a ticket has people and a history, people have tickets"
SLOW = "a library that few need, and that all would wait for when the server starts"
LATE_IMPORTS = {
    "osit_graphql/http/rate_limiting.py": SLOW,
    "osit_graphql/api/schema.py": "the standard executor works without the compiled one",
    "osit_graphql/api/types/activity.py": ROUND,
    "osit_graphql/api/types/kinds.py": ROUND,
    "osit_graphql/api/types/tickets.py": ROUND,
    "osit_graphql/api/types/users.py": ROUND,
    "osit_graphql/cli/serve.py": "PostgreSQL starts meanwhile",
    "osit_graphql/server/bootstrap.py": SLOW,
    "osit_graphql/services/auth/oidc/verifier.py": SLOW,
}
LONG_FUNCTIONS = {"test_the_story_from_the_developers_to_the_network": "the specification's story is one story"}


def test_no_file_is_longer_than_400_lines() -> None:
    sizes = {module.name: len(module.text.splitlines()) for module in everything()}
    assert {name: size for name, size in sizes.items() if size > LONGEST_FILE} == {}


def test_no_function_is_longer_than_40_lines() -> None:
    found = {
        f"{module.at(function)} {function.name}": function.end_lineno - function.lineno + 1
        for module in everything()
        for function in module.functions
        if function.name not in LONG_FUNCTIONS
        if function.end_lineno is not None and function.end_lineno - function.lineno >= LONGEST_FUNCTION
    }
    assert found == {}


def test_modules_are_named_for_what_they_hold() -> None:
    assert [module.name for module in everything() if NAMELESS & set(PurePath(module.name).with_suffix("").parts)] == []


def test_every_module_says_its_purpose() -> None:
    purposes = {module.name: (ast.get_docstring(module.tree) or "").partition("\n")[0] for module in package()}
    assert [name for name, purpose in purposes.items() if not purpose.endswith((".", ":"))] == []


def test_every_folder_of_the_package_is_a_package() -> None:
    folders = {PurePath(module.name).parent for module in package()}
    assert [str(folder) for folder in sorted(folders) if not (ROOT / folder / "__init__.py").is_file()] == []


def test_imports_stand_at_the_top() -> None:
    late = {
        module.name
        for module in everything()
        for function in module.functions
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert late == set(LATE_IMPORTS)
