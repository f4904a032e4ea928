"""Operations: what is found out of one when it first runs, and kept for when it runs again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from graphql import FragmentSpreadNode, GraphQLError, GraphQLNonNull, VariableNode
from graphql.execution.collect_fields import collect_fields
from graphql.execution.executor import CollectedErrors
from graphql.execution.get_variable_signature import get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values
from graphql.language import Visitor, visit
from graphql.pyutils import RefMap
from graphql.type import GraphQLResolveInfoHelpers
from graphql.utilities.coerce_input_value import coerce_default_value

from osit_graphql.api.executor.codegen_leaves import refuse
from osit_graphql.api.executor.input_coercion import inputs_of
from osit_graphql.api.executor.strawberry_metadata import CONDITIONS

if TYPE_CHECKING:
    from graphql import DirectiveNode, Node
    from graphql.execution import Executor
    from graphql.execution.collect_fields import CollectedFields
    from graphql.pyutils import Path

    from osit_graphql.api.executor.codegen import Plan
    from osit_graphql.api.executor.resolvers import Field

    E = TypeVar("E", bound=Executor[Any])

MIDDLEWARE = 5
"""Its place among what graphql-core builds an executor of, from `field_resolver` on; it has two more by name."""
ERRORS = 3
KEPT = 16
"""Of an operation's selections: more conditions than these are turned by nobody but to fill the memory."""
DEFAULTS = (None, None, None, 50, False, None, None, None)

COMMON = (
    *("schema", "fragment_definitions", "fragments", "operation", "field_resolver", "type_resolver"),
    *("subscribe_field_resolver", "enable_early_execution", "hide_suggestions", "abort_signal", "hooks"),
    *("middleware_manager", "error_propagation", "is_awaitable", "is_async_iterable", "defer_usage_set"),
    *("async_work_finished_hook_task", "operation_extensions", "_selections"),
)
"""What graphql-core's and Strawberry's executors have that every execution of an operation has alike, or at first."""
HELPERS = "async_helpers"
MADE: dict[str, Callable[[Any], Any]] = {
    HELPERS: lambda made: GraphQLResolveInfoHelpers(made.gather_async_work, made.track_async_work),
    "collected_errors": lambda _: CollectedErrors(),
    "_relevant_sub_fields": lambda _: {},
    **dict.fromkeys(("pending_incremental_futures", "background_futures"), lambda _: set()),
    **dict.fromkeys(("groups", "tasks", "streams"), lambda _: []),
    **dict.fromkeys(("_stream_usages", "_initial_execution_plans", "_deferred_execution_plans"), lambda _: RefMap()),
}
"""What each has of its own, and how it is made: most executions need none of it."""
OWN = {"root_value", "context_value", "variable_values", *MADE}


class Options:
    """What an execution is built with beside the operation and its values."""

    __slots__ = ("more", "named", "special")

    def __init__(self, more: tuple[Any, ...], named: dict[str, Any], *, special: bool) -> None:
        self.more = more
        self.named = named
        self.special = special
        """Whether fields go through a middleware, or execution can be aborted: graphql-core does it all."""

    @classmethod
    def of(cls, more: tuple[Any, ...], named: Mapping[str, Any]) -> Self:
        """Read them as graphql-core gives them."""
        told = (*more, *DEFAULTS[len(more) :])
        middleware = named.get("middleware", told[MIDDLEWARE])
        kept = {name: value for name, value in named.items() if name not in {"middleware", "operation_extensions"}}
        special = bool(getattr(middleware, "middlewares", middleware)) or kept.get("abort_signal") is not None
        through = middleware if special else None  # an empty one is made anew for each execution
        return cls((*told[:MIDDLEWARE], through, *told[MIDDLEWARE + 1 :]), kept, special=special)

    def __eq__(self, other: object) -> bool:
        """Tell whether executions can share what was found out."""
        if not isinstance(other, Options) or self.special or other.special:
            return False
        return self.more == other.more and self.named == other.named

    __hash__ = None  # type: ignore[assignment]  # they hold dictionaries


class Selections:
    """What an operation selects under given conditions: fields as graphql-core collects them, and how each is done.

    Lists of details are `collected` here for every execution, so that their ids stand for them.
    """

    def __init__(self, conditions: Mapping[str, Any]) -> None:
        self.conditions = conditions
        self.root: CollectedFields | None = None
        self.collected: dict[Any, Any] = {}
        self.plans: dict[tuple[str, int], Plan | None] = {}
        self.fields: dict[int, Field | None] = {}
        self.alone: tuple[str, Any, Any, Path] | None = None
        """Of an operation with one field: its name, the root type, its details, and where it is."""

    def collect_root(self, executor: Executor[Any], root_type: Any) -> CollectedFields:
        """Return the fields of the operation itself."""
        if self.root is None:
            self.root = collect_fields(
                executor.schema,
                executor.fragments,
                executor.variable_values,
                root_type,
                executor.operation,
                executor.hide_suggestions,
            )
        return self.root


def _parts(executor: Executor[Any]) -> dict[str, Any] | None:
    """Return what executors of an operation have in common; None when there is more to them than is known here."""
    whole = vars(executor)
    return {name: whole[name] for name in COMMON} if whole.keys() == {*COMMON, *OWN} else None


class Operation:
    """An operation of a document, held with it, so that the ids of its nodes stay theirs."""

    def __init__(self, executor: Executor[Any], document: Any, options: Options) -> None:
        """`executor`: the first one's, which graphql-core built."""
        self.document = document
        self.schema = executor.schema
        self.node = executor.operation
        self.options = options
        self._fragments = (executor.fragment_definitions, executor.fragments)
        self._chosen: tuple[Any, ...] = (
            *(executor.field_resolver, executor.type_resolver, executor.subscribe_field_resolver),
            *(executor.enable_early_execution, None, executor.is_awaitable, executor.is_async_iterable),
        )
        finder = DirectiveFinder(executor.fragment_definitions)
        visit(self.node, finder)
        self._conditions = tuple(sorted(finder.variables))
        # A fragment with variables of its own, or what is deferred, is collected anew each time.
        local = any(each.variable_signatures for each in executor.fragments.values())
        self._lasting = not local and finder.directives <= CONDITIONS
        self._selections: dict[tuple[Any, ...], Selections] = {}
        self._parts = _parts(executor) if self._lasting and executor.hooks is None else None
        coercions = inputs_of(self.schema).coercions
        self._variables = [
            (signature.name, signature, coercions.of(signature.type), node.default_value is not None)
            for node in self.node.variable_definitions or ()
            if not isinstance(signature := get_variable_signature(self.schema, node), GraphQLError)
        ]

    def coerce(self, given: dict[str, Any]) -> VariableValues | list[GraphQLError]:
        """Return the variables' values, or what is wrong with them, as graphql-core does."""
        values: dict[str, Any] = {}
        sources: dict[str, VariableValueSource] = {}
        try:
            for name, signature, coerce, has_default in self._variables:
                if name in given:
                    sources[name] = VariableValueSource(signature, given[name])
                    values[name] = coerce(given[name], 0)
                elif has_default:
                    sources[name] = VariableValueSource(signature)
                    values[name] = coerce_default_value(signature)
                else:
                    sources[name] = (
                        refuse(name) if isinstance(signature.type, GraphQLNonNull) else VariableValueSource(signature)
                    )
        except Exception:  # noqa: BLE001 - absent, wrong or merely unusual: graphql-core knows, and tells
            definitions, hidden = (
                self.node.variable_definitions or (),
                self.options.named.get("hide_suggestions", False),
            )
            return get_variable_values(self.schema, definitions, given, self.options.more[ERRORS], hidden)
        return VariableValues(sources, values)

    def execution(self, cls: type[E], root_value: Any, context_value: Any, values: VariableValues) -> E:
        """Return an executor like the first one, for these values."""
        if self._parts is not None:
            made = cls.__new__(cls)
            values_ = {"root_value": root_value, "context_value": context_value, "variable_values": values}
            made.__dict__ = {**self._parts, **values_}
            return made
        said = (root_value, context_value, self.node, values)
        return cls(self.schema, *self._fragments, *said, *self._chosen, **self.options.named)

    def under(self, variables: Mapping[str, Any]) -> Selections | None:
        """Return what is selected for these values of the variables; None when that is not kept."""
        if not self._lasting:
            return None
        key = tuple([variables.get(name) for name in self._conditions]) if self._conditions else ()
        found = self._selections.get(key)
        if found is None:
            if len(self._selections) >= KEPT:
                self._selections.clear()
            found = self._selections[key] = Selections(dict(zip(self._conditions, key, strict=True)))
        return found


class DirectiveFinder(Visitor):
    """Collects the directives of an operation and of the fragments it spreads, and the variables they depend on."""

    def __init__(self, fragments: Mapping[str, Any]) -> None:
        super().__init__()
        self.directives: set[str] = set()
        self.variables: set[str] = set()
        self._fragments = dict(fragments)

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        """Note it."""
        self.directives.add(node.name.value)
        self.variables.update(
            argument.value.name.value for argument in node.arguments or () if isinstance(argument.value, VariableNode)
        )

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: Any) -> None:
        """Look into the fragment, once."""
        fragment: Node | None = self._fragments.pop(node.name.value, None)
        if fragment is not None:
            visit(fragment, self)
