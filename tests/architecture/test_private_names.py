"""The package uses no private and no undocumented names of its dependencies, except in two places.

These are `api/executor`, which the setting `OSIT_EXECUTOR=standard` does without, and `api/strawberry_adapter.py`.
"""

import ast
import importlib
import sys
from collections.abc import Iterator

import pytest

from tests.architecture.source import Module, package

EXCEPTIONS = ("osit_graphql/api/executor/", "osit_graphql/api/strawberry_adapter.py")
DOCUMENTED = {"_replace", "_asdict", "_exit"}
"""Names of the standard library (named tuples, `os`) that are documented all the same."""
UNDOCUMENTED = {
    *("RequestResponseCycle", "HttpToolsProtocol", "H11Protocol", "FlowControl", "AutoHTTPProtocol"),  # uvicorn
    *("Multiprocess", "STARTUP_FAILURE", "ServerState"),  # uvicorn
    *("AsyncAdapt_asyncpg_connection", "AsyncAdapt_asyncpg_cursor", "AsyncAdapt_asyncpg_dbapi"),  # SQLAlchemy
    *("PGDialect_asyncpg", "PGExecutionContext_asyncpg", "AdaptedConnection", "await_only"),  # SQLAlchemy
    *("BaseProtocol", "connect_utils", "PoolConnectionProxyMeta"),  # asyncpg
    *("collapse_excgroups", "wrap_app_handling_exceptions", "build_middleware_stack", "compile_path"),  # Starlette
    *("StrawberryGraphQLCoreExecutionContext", "GraphQLCoreConverter", "optimized_is_awaitable"),  # Strawberry
    *("collect_fields", "CollectedErrors", "RefMap", "GraphQLResolveInfoHelpers"),  # graphql-core
}
"""Public names that their libraries do not document; the list grows with each one that a review finds."""
NOT_FOREIGN = {"osit_graphql", *sys.stdlib_module_names}
BY_NAME = {"getattr", "setattr", "hasattr", "delattr", "attrgetter", "methodcaller"}


def is_private(name: str) -> bool:
    """Whether a name begins with one underscore; `_missing_` and the like are documented by Python."""
    return name.startswith("_") and not name.startswith("__") and not name.endswith("_") and name not in DOCUMENTED


def own_names(tree: ast.Module) -> set[str]:
    """Return the private attributes and methods that a module's own classes define."""
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(body=body):
                names |= {each.name for each in body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)}
                names |= {
                    each.target.id
                    for each in body
                    if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
                }
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name, ctx=ast.Store()):
                names.add(name)
    return names


def find_foreign_names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the lines and names of private attributes of foreign objects, private imports and undocumented names."""
    own = own_names(tree)
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="self" | "cls")):
                pass
            case ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr=name) if is_private(name):
                yield node.lineno, f"super().{name}"
            case ast.Attribute(attr=name) if (is_private(name) and name not in own) or name in UNDOCUMENTED:
                yield node.lineno, ast.unparse(node)
            case ast.ImportFrom(module=module, names=aliases) if (module or "").split(".")[0] != "osit_graphql":
                parts = [*(module or "").split("."), *(alias.name for alias in aliases)]
                yield from ((node.lineno, each) for each in parts if is_private(each) or each in UNDOCUMENTED)
            case ast.Import(names=aliases):
                parts = [part for alias in aliases for part in alias.name.split(".")]
                yield from ((node.lineno, each) for each in parts if is_private(each) or each in UNDOCUMENTED)
            case ast.Call(func=ast.Name(id=function) | ast.Attribute(attr=function), args=args) if function in BY_NAME:
                texts = [each.value for each in args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
                yield from ((node.lineno, each) for each in texts if is_private(each) and each not in own)
            case ast.keyword(arg=str() as name, value=value) if is_private(name):
                yield value.lineno, f"{name}="


def is_excepted(module: Module) -> bool:
    """Whether a module may use such names."""
    return module.name.startswith(EXCEPTIONS)


def test_no_module_uses_a_private_or_undocumented_name() -> None:
    names_by_module = {
        module.name: names
        for module in package()
        if not is_excepted(module) and (names := list(find_foreign_names(module.tree)))
    }
    assert names_by_module == {}


def test_the_exceptions_need_theirs() -> None:
    used = [module.name for module in package() if is_excepted(module) and list(find_foreign_names(module.tree))]
    assert [each for each in EXCEPTIONS if not any(name.startswith(each) for name in used)] == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("connection._transaction.rollback()", ["connection._transaction"]),
        ("getattr(protocol, '_cycle', None)", ["_cycle"]),
        ("from uvicorn.protocols.http.httptools_impl import RequestResponseCycle", ["RequestResponseCycle"]),
        ("import _csv", ["_csv"]),
        ("Info(_raw_info=info)", ["_raw_info="]),
        ("class C(Base):\n    def f(self):\n        super()._build()", ["super()._build"]),
        ("class C:\n    def f(self, other: 'C'):\n        return self._x, other._x", ["other._x"]),
        ("class C:\n    def f(self, other: 'C'):\n        self._x = other._x", []),
        ("caller._replace(token=None)", []),
    ],
)
def test_such_a_name_is_reported(source: str, expected: list[str]) -> None:
    assert [name for _, name in find_foreign_names(ast.parse(source))] == expected


def test_no_class_overrides_a_private_name() -> None:
    """A private method of a dependency may be overridden without a word of it in the source."""
    overrides = []
    for module in package():
        name = module.name.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        if is_excepted(module) or name.endswith("__main__"):
            continue
        importlib.import_module(name)
        for class_ in vars(sys.modules[name]).values():
            if not isinstance(class_, type) or class_.__module__ != name:
                continue
            foreign = [base for base in class_.__mro__[1:] if base.__module__.split(".")[0] not in NOT_FOREIGN]
            inherited = {each for base in foreign for each in vars(base)} & own_names(module.tree)
            overrides += [
                f"{name}.{class_.__name__}.{each}" for each in vars(class_) if is_private(each) and each in inherited
            ]
    assert overrides == []
