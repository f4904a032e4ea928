"""graphql-core's executor, which does what it found out once as it did it then."""

from __future__ import annotations

from collections import OrderedDict
from types import CoroutineType
from typing import TYPE_CHECKING, Any, ClassVar, cast

from graphql import ExecutionResult, GraphQLError, OperationType
from graphql.pyutils import Path, Undefined

from osit_graphql.api.executor.completion import Completion
from osit_graphql.api.executor.operation_cache import HELPERS, MADE, Operation, Options

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from graphql import DocumentNode, GraphQLSchema
    from graphql.execution.collect_fields import FieldDetailsList
    from graphql.pyutils import AwaitableOrValue


TOLD = {"collected_errors", "tasks", "streams"}
"""What an answer has beside its data, where there is any."""


class PlannedExecutor(Completion):
    """Strawberry's usual executor, faster from an operation's second time on: see the package's docstring."""

    kept: ClassVar[int] = 512
    _operations: ClassVar[OrderedDict[tuple[int, int, str | None], Operation]] = OrderedDict()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._selections = None

    def __getattr__(self, name: str) -> Any:
        """Make what most executions need nothing of, when it is first asked for.

        What holds the executor is not held by it: both would be garbage in a cycle, with all that they hold.
        """
        make = MADE.get(name)
        if make is None:
            raise AttributeError(name)
        made = make(self)
        if name != HELPERS:
            self.__dict__[name] = made
        return made

    @classmethod
    def build(
        cls,
        schema: GraphQLSchema,
        document: DocumentNode,
        root_value: Any = None,
        context_value: Any = None,
        raw_variable_values: dict[str, Any] | None = None,
        operation_name: str | None = None,
        *more: Any,
        **named: Any,
    ) -> Any:
        """Build an executor: as graphql-core does, or out of what the operation's first one was built of."""
        said = (root_value, context_value, raw_variable_values, operation_name)
        return cls.built(Options.of(more, named), schema, document, *said, named.get("operation_extensions"))

    @classmethod
    def built(
        cls,
        options: Options,
        schema: GraphQLSchema,
        document: DocumentNode,
        root_value: Any,
        context_value: Any,
        raw_variable_values: dict[str, Any] | None,
        operation_name: str | None,
        operation_extensions: dict[str, Any] | None,
    ) -> Any:
        """Do the same for whoever keeps the options: they are the same for every request of theirs."""
        key = (id(schema), id(document), operation_name)
        operation = cls._operations.get(key)
        if operation is None or (operation.options is not options and operation.options != options):
            said = (root_value, context_value, raw_variable_values, operation_name)
            made: Any = super().build(
                schema, document, *said, *options.more, **options.named, operation_extensions=operation_extensions
            )
            if isinstance(made, list) or options.special:
                return made
            operation = cls._operations[key] = Operation(made, document, options)
            if len(cls._operations) > cls.kept:
                cls._operations.popitem(last=False)
        else:
            cls._operations.move_to_end(key)
            values = operation.coerce(raw_variable_values or {})
            if isinstance(values, list):
                return values
            made = operation.execution(cls, root_value, context_value, values)
            made.operation_extensions = operation_extensions
        made._select(operation)  # noqa: SLF001 - it is one of this class
        return made

    def _select(self, operation: Operation) -> None:
        """Take over what was found out of the operation under these variables' conditions."""
        self._selections = operation.under(self.variable_values.coerced)
        if self._selections is not None:
            self._relevant_sub_fields = self._selections.collected

    def execute_operation(self, serially: bool | None = None) -> AwaitableOrValue[Any]:
        """Execute it, without collecting its fields again."""
        if self._selections is not None and self._selections.alone is not None:
            return self._execute_alone(*self._selections.alone)
        selections, kind = self._selections, self.operation.operation
        root_type = self.schema.get_root_type(kind)
        if selections is None or root_type is None or kind is OperationType.SUBSCRIPTION:
            return super().execute_operation(serially)
        try:
            collected = selections.collect_root(self, root_type)
        except (RecursionError, GraphQLError):
            return super().execute_operation(serially)
        in_turn = kind is OperationType.MUTATION if serially is None else serially
        fields, defer_usages = collected.grouped_field_set, collected.new_defer_usages
        if len(fields) == 1 and not defer_usages:
            [(name, details)] = fields.items()
            selections.alone = (name, root_type, details, Path(None, name, root_type.name))
            return self._execute_alone(*selections.alone)
        try:
            data: Any = self.execute_collected_root_fields(root_type, self.root_value, fields, in_turn, defer_usages)
        except GraphQLError as error:
            return self._fail(error)
        return self._respond(data, None) if self.is_awaitable(data) else self.build_response(data)

    def _execute_alone(self, name: str, root_type: Any, details: FieldDetailsList, path: Path) -> AwaitableOrValue[Any]:
        """Execute an operation that has one field."""
        try:
            data: Any = self.execute_field(root_type, self.root_value, details, path, None)
        except GraphQLError as error:
            return self._fail(error)
        if data.__class__ is CoroutineType or self.is_awaitable(data):
            return self._respond(data, name)
        return self.build_response(_named(data, name))

    async def _respond(self, data: Awaitable[Any], alone: str | None) -> Any:
        try:
            return self.build_response(_named(await data, alone))
        except GraphQLError as error:
            return self._fail(error)

    def _fail(self, error: GraphQLError) -> Any:
        self.collected_errors.add(error, None)
        return self.build_response(None)

    def build_response(self, data: dict[str, Any] | None) -> Any:
        """Build the response; as graphql-core does, which finds nothing where nothing was ever made."""
        if TOLD.isdisjoint(self.__dict__):
            return ExecutionResult(data, None)
        return super().build_response(data)


def _named(data: Any, alone: str | None) -> dict[str, Any]:
    """Return the fields of the operation; of the only one, its value is given."""
    if alone is None:
        return cast("dict[str, Any]", data)
    return {} if data is Undefined else {alone: data}
