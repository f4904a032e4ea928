"""The compiled executor: an operation's first execution generates code that its later executions run.

graphql-core spends some 4 microseconds on each field of a response, and some 100 before it calls a resolver. Most
fields only read an attribute of an object that a resolver returned. This package compiles such subtrees into one
expression each, once for an operation. It caches the fields that graphql-core collects. It compiles functions that
coerce variables, convert arguments and call resolvers through their extensions.

    schema = strawberry.Schema(query=Query, execution_context_class=CompiledExecutor)

`OSIT_EXECUTOR=standard` runs graphql-core and Strawberry without it. This package and `api.strawberry_adapter` are the
only modules that use their private names; the standard executor does not import this package.

**Generated code** (`codegen`, `codegen_source`) covers fields without resolver and
extension (Strawberry's basic fields, with its default `default_resolver`), and lists and tuples of them. It covers
objects of exactly the class that declares the type, interfaces and unions by that class, enumerations, scalars,
`__typename`, aliases, fragments, merged selections, `@skip` and `@include`. A `PassthroughScalar` is left to the JSON
encoder where the encoder writes the same text. The fields of `api.row_fields` are read from the row.

**Resolvers** (`resolvers`) get the arguments, `info`, parent and extensions that
Strawberry passes. `info.field_nodes` is the same list for each execution of an operation under the same conditions:
results that depend on the selection alone are cached on it.

**graphql-core executes** what generated code does not cover, field by field: values that resolvers return in any other
form; generic types; types with `is_type_of` or `resolve_type` of their own; other directives; `Maybe` arguments;
inputs with `from_input`; extensions that change arguments; schemas with exception handlers; subscriptions. It executes
all of an operation in schemas with a middleware (`SchemaExtension.resolve`), with an abort signal or with `@defer`.

**Errors are graphql-core's.** A value or variable that is not plainly valid, an awaitable or an exception ends the
generated code, and graphql-core executes that part again. Attributes may be read twice then,
but no resolver is called twice.

**Cost**: compilation takes about as long as one execution by graphql-core. `CompiledExecutor.max_operations` bounds the
cache, whose key is the parsed document: a server that parses every request gains nothing. Two cases are not
detected: an object that was `strawberry.cast` to a type other than its field's, and an extension that passes another
source to a resolver that takes `self`.
"""

from osit_graphql.api.executor.executor import CompiledExecutor, CompiledSchema

__all__ = ["CompiledExecutor", "CompiledSchema"]
