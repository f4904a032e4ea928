"""The same page of children, or their count, for many parents in one statement."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Row, Select, column, func, literal, select, true

from osit_graphql.db.engine import Session
from osit_graphql.services.queries.keyset_pagination import Page, PageArgs, Paging, select_count

SelectChildren = Callable[[ColumnElement[int]], Select[Any]]
Paginate = Callable[[Select[Any], PageArgs], Select[Any]]


async def pages_by_parent(
    session: Session, ids: Sequence[int], children: SelectChildren, paging: Paging, page_args: PageArgs
) -> dict[int, Page]:
    """Return the same page of each parent's children; `children` must select `sort_columns()`."""
    parent_ids = literal(list(ids), ARRAY(BigInteger))
    rows = await session.execute(select_pages_by_parent(parent_ids, children, paging, paging.with_literals, page_args))
    return group_by_parent(rows.all(), ids, paging, page_args)


def select_pages_by_parent(
    parent_ids: Any, children: SelectChildren, paging: Paging, paginate: Paginate, page_args: PageArgs
) -> Select[Any]:
    """Return the statement of many parents' pages; `paginate`: `Paging.with_literals` or `Paging.with_params`."""
    parent = _parents(parent_ids)
    child = paginate(children(parent.c.id).correlate(parent), page_args).lateral("child")
    order = paging.order_by([child.c[f"key_{index}"] for index in range(len(paging.keys))], page_args)
    return select(parent.c.id.label("parent_id"), child).join_from(parent, child, true()).order_by(*order)


def group_by_parent(
    rows: Sequence[Row[Any]], ids: Sequence[int], paging: Paging, page_args: PageArgs
) -> dict[int, Page]:
    """Return the pages in the rows of `select_pages_by_parent`, by parent."""
    grouped: dict[int, list[Row[Any]]] = {key: [] for key in ids}
    for row in rows:
        grouped[row.parent_id].append(row)
    return {key: paging.to_page(children, page_args) for key, children in grouped.items()}


async def counts_by_parent(session: Session, ids: Sequence[int], children: SelectChildren) -> dict[int, int]:
    """Return how many children each parent has, up to `COUNT_LIMIT`."""
    statement = select_counts_by_parent(literal(list(ids), ARRAY(BigInteger)), children)
    return {row.id: row.number for row in await session.execute(statement)}


def select_counts_by_parent(parent_ids: Any, children: SelectChildren) -> Select[Any]:
    """Return the statement of many parents' counts: `id` and `number`."""
    parent = _parents(parent_ids)
    number = select_count(children(parent.c.id).correlate(parent)).scalar_subquery()
    return select(parent.c.id, number.label("number"))


def _parents(parent_ids: Any) -> Any:
    return func.unnest(parent_ids).table_valued(column("id", BigInteger), name="parent").render_derived()
