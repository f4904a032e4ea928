"""Files and functions are short, the layout of the package is fixed, and imports are at the top."""

import ast
from pathlib import PurePath

from tests.architecture.source import ROOT, everything, package

LONGEST_FILE = 400
LONGEST_FUNCTION = 40
SHORTEST_MODULE = 20
SHORT_MODULES: dict[str, str] = {}
"""Modules of fewer than 20 lines, with the reason."""
TOP_LEVEL = {
    *("__init__.py", "i18n.py", "metrics.py", "settings.py"),
    *("api", "backup", "cli", "db", "demo", "domain", "embedded_postgres", "http", "server", "services"),
}

SLOW = "a library that few deployments need, and that would delay every start"
LATE_IMPORTS = {
    "osit_graphql/http/rate_limiting.py": SLOW,
    "osit_graphql/api/schema.py": "the standard executor works without the compiled one",
    "osit_graphql/cli/__init__.py": SLOW,
    "osit_graphql/cli/serve.py": "PostgreSQL starts while these modules load",
    "osit_graphql/server/bootstrap.py": SLOW,
    "osit_graphql/server/monitoring.py": SLOW,
    "osit_graphql/services/auth/oidc/authenticate.py": SLOW,
}
LONG_FUNCTIONS = {"test_the_story_from_the_developers_to_the_network": "the specification's story is one story"}


def test_no_file_is_longer_than_400_lines() -> None:
    sizes = {module.name: len(module.text.splitlines()) for module in everything()}
    assert {name: size for name, size in sizes.items() if size > LONGEST_FILE} == {}


def test_no_function_is_longer_than_40_lines() -> None:
    lengths = {
        f"{module.at(function)} {function.name}": function.end_lineno - function.lineno + 1
        for module in everything()
        for function in module.functions
        if function.name not in LONG_FUNCTIONS
        if function.end_lineno is not None and function.end_lineno - function.lineno >= LONGEST_FUNCTION
    }
    assert lengths == {}


def test_no_module_of_the_package_is_shorter_than_20_lines() -> None:
    short = {
        module.name
        for module in package()
        if PurePath(module.name).stem not in {"__init__", "__main__"}
        if len(module.text.splitlines()) < SHORTEST_MODULE
    }
    assert short == set(SHORT_MODULES)


def test_the_package_has_exactly_these_packages_and_modules() -> None:
    assert {PurePath(module.name).parts[1] for module in package()} == TOP_LEVEL


def test_every_module_has_a_docstring() -> None:
    purposes = {module.name: (ast.get_docstring(module.tree) or "").partition("\n")[0] for module in package()}
    assert [name for name, purpose in purposes.items() if not purpose.endswith((".", ":"))] == []


def test_every_folder_of_the_package_is_a_package() -> None:
    folders = {PurePath(module.name).parent for module in package()}
    assert [str(folder) for folder in sorted(folders) if not (ROOT / folder / "__init__.py").is_file()] == []


def test_imports_are_at_the_top() -> None:
    late = {
        module.name
        for module in everything()
        for function in module.functions
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert late == set(LATE_IMPORTS)
