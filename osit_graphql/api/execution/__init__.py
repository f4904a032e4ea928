"""Execution plans: what needs no resolver is written in one step, and graphql-core does the rest.

graphql-core spends some 4 microseconds on each field of an answer, whatever the field. Most fields of most answers are
attributes of an object that a resolver gave back: a title, a person's name, fifty of them. This package compiles, for
an operation and once, such subtrees into one expression each, and runs that instead.

    schema = strawberry.Schema(query=Query, execution_context_class=PlannedExecutor)

**What a plan covers**: fields without resolver or extension (Strawberry's « basic » fields, under its default
`default_resolver`), lists and tuples of them, objects of the very class that declares the type, interfaces and unions
by that class, enumerations, scalars, `__typename`, aliases, fragments, merged selections, `@skip` and `@include`.

**What it leaves to graphql-core**, field by field, beside the planned ones: root fields and all with a resolver, hence
permissions and field extensions; generic types; types with an `is_type_of` or `resolve_type` of their own; any other
directive; schemas with a middleware (`SchemaExtension.resolve`), whose fields all stay graphql-core's.

**Errors are graphql-core's own.** Whatever a plan doesn't expect at run time, a null that may not be, a value that is
not what its type says, an awaitable, an exception, ends the plan, and graphql-core completes that object again from
the beginning. Attributes are read twice then, and no resolver is called twice.

**What it costs**: an operation is compiled when it first runs, in about the time that it takes graphql-core to run it
once, and kept for as long as it is among the last `PlannedExecutor.kept` operations; so a server that parses each
request anew gains nothing. Not noticed: an object that was `strawberry.cast` to another type than its field's.
"""

from osit_graphql.api.execution.arguments import varies
from osit_graphql.api.execution.executor import PlannedExecutor
from osit_graphql.api.execution.fields import FieldNodes
from osit_graphql.api.execution.operations import Options

__all__ = ["FieldNodes", "Options", "PlannedExecutor", "varies"]
