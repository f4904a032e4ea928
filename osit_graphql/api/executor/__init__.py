"""Execution plans: what is found out of an operation when it first runs is done at once when it runs again.

graphql-core spends some 4 microseconds on each field of an answer, whatever the field, and some 100 on each that has a
resolver before that is called. Most fields of most answers are attributes of an object that a resolver gave back: a
title, a person's name, fifty of them. This package compiles such subtrees, for an operation and once, into one
expression each; keeps what graphql-core collects of its selections; and makes functions that coerce its variables and
call its resolvers, through their extensions, with their arguments converted.

    schema = strawberry.Schema(query=Query, execution_context_class=PlannedExecutor)

**What a plan covers** (`plans`, `leaves`): fields without resolver or extension (Strawberry's « basic » fields, under
its default `default_resolver`), lists and tuples of them, objects of the very class that declares the type, interfaces
and unions by that class, enumerations, scalars, `__typename`, aliases, fragments, merged selections, `@skip` and
`@include`. A scalar whose serialization is `Written` leaves to the writer of JSON what that writes alike.

**Views** (`views`): a class whose attributes are `Cell`, `Part` and `Rows` shows a row; a plan reads the row, and makes
no object of it.

**Resolvers** (`fields`, `arguments`, `inputs`) are called as Strawberry calls them, arguments, `info`, parent and
extensions included. `info.field_nodes` is the same list for every execution of an operation under the same conditions:
what a resolver finds out of its selection can be kept in its `notes`.

**What it leaves to graphql-core**, field by field, beside the planned ones: values of resolvers that no plan covers;
generic types; types with an `is_type_of` or `resolve_type` of their own; any other directive; `Maybe` arguments,
inputs with a `from_input`, extensions that reshape arguments; schemas with exception handlers; subscriptions. Schemas
with a middleware (`SchemaExtension.resolve`), executions that can be aborted and documents with `@defer` are all
graphql-core's.

**Errors are graphql-core's own.** Whatever isn't plainly right, a variable of another type, an argument that may not be
null, a null that may not be, a value that is not what its type says, an awaitable, an exception, ends the plan, and
graphql-core does that part again from its beginning: attributes may be read twice then, no resolver is called twice.

**What it costs**: an operation is compiled when it first runs, in about the time that it takes graphql-core to run it
once, and kept for as long as it is among the last `PlannedExecutor.kept` operations; so a server that parses each
request anew gains nothing. Not noticed: an object that was `strawberry.cast` to another type than its field's, and an
extension that hands another source on to a resolver that takes `self`.
"""

from osit_graphql.api.executor.arguments import varies
from osit_graphql.api.executor.executor import PlannedExecutor
from osit_graphql.api.executor.operation_cache import Options
from osit_graphql.api.executor.resolvers import FieldNodes

__all__ = ["FieldNodes", "Options", "PlannedExecutor", "varies"]
