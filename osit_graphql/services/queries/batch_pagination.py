"""The same page of children, or their count, for many parents in one statement."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Select, column, func, select, true

from osit_graphql.db import statements
from osit_graphql.db.engine import Session
from osit_graphql.db.statements import Row, Values, param
from osit_graphql.domain.viewer import Viewer
from osit_graphql.services.queries.keyset_pagination import Page, PageArgs, Paging, select_count

PARENT_IDS = "parent_ids"
SelectChildren = Callable[[ColumnElement[int]], Select[Any]]


@dataclass(frozen=True)
class Children:
    """The children that a viewer sees of a parent, and the cache key and values of the statement."""

    cache_key: Hashable
    select: Callable[[Viewer, ColumnElement[int]], Select[Any]]
    values: Values = field(default_factory=dict)


async def pages_by_parent(
    session: Session, viewer: Viewer, ids: Sequence[int], children: Children, paging: Paging, page_args: PageArgs
) -> dict[int, Page]:
    """Return the same page of each parent's children, which must have `sort_columns()`."""
    values = {**children.values, **paging.param_values(page_args), PARENT_IDS: list(ids)}

    def build(any_viewer: Viewer) -> Select[Any]:
        return select_pages_by_parent(partial(children.select, any_viewer), paging, page_args)

    key = ("pages by parent", children.cache_key, page_args.cache_key)
    rows = await statements.fetch_as(session, viewer, key, build, values)
    return group_by_parent(rows, ids, paging, page_args)


def select_pages_by_parent(children: SelectChildren, paging: Paging, page_args: PageArgs) -> Select[Any]:
    """Return the statement of the pages of the parents `PARENT_IDS`."""
    parent = _parents()
    child = paging.with_params(children(parent.c.id).correlate(parent), page_args).lateral("child")
    order = paging.order_by([child.c[f"key_{index}"] for index in range(len(paging.keys))], page_args)
    return select(parent.c.id.label("parent_id"), child).join_from(parent, child, true()).order_by(*order)


def group_by_parent(rows: Sequence[Row], ids: Sequence[int], paging: Paging, page_args: PageArgs) -> dict[int, Page]:
    """Return the pages in the rows of `select_pages_by_parent`, by parent."""
    grouped: dict[int, list[Row]] = {key: [] for key in ids}
    for row in rows:
        grouped[row.parent_id].append(row)
    return {key: paging.to_page(children, page_args) for key, children in grouped.items()}


async def counts_by_parent(session: Session, viewer: Viewer, ids: Sequence[int], children: Children) -> dict[int, int]:
    """Return how many children each parent has, up to `COUNT_LIMIT`."""

    def build(any_viewer: Viewer) -> Select[Any]:
        parent = _parents()
        number = select_count(children.select(any_viewer, parent.c.id).correlate(parent)).scalar_subquery()
        return select(parent.c.id, number.label("number"))

    values = {**children.values, PARENT_IDS: list(ids)}
    rows = await statements.fetch_as(session, viewer, ("counts by parent", children.cache_key), build, values)
    return {row.id: row.number for row in rows}


def _parents() -> Any:
    parent_ids = param(PARENT_IDS, ARRAY(BigInteger))
    return func.unnest(parent_ids).table_valued(column("id", BigInteger), name="parent").render_derived()
