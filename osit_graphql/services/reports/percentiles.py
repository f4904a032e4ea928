"""Median and 90th percentile of the hours from opening to closing, computed from the rollups.

The result equals `percentile_cont` over every single closing. A rollup row has the sorted distinct durations and the
cumulative number of closings up to each, so that a binary search finds any closing. Groups with several rollup rows
and deltas are merged first.
"""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Float, Integer, Select, and_, cast, column, func, literal, select, true, union_all
from sqlalchemy.dialects.postgresql import array

SHARES = {"median": 0.5, "p90": 0.9}
MINUTES_PER_HOUR = 60.0


def closing_hours(keys: list[str], rollup: Any, deltas: Any, totals: Any) -> Any:
    """Return the percentiles of each group as a table, from its rollup rows, its deltas and its totals."""
    pieces = union_all(
        select(*(rollup.c[key] for key in keys), rollup.c.sign, rollup.c.minutes, rollup.c.up_to)
        .where(func.cardinality(rollup.c.minutes) > 0),
        select(*(deltas.c[key] for key in keys), deltas.c.closed, array([deltas.c.minutes]), array([literal(1)]))
        .where(deltas.c.minutes.is_not(None)),
    ).subquery("piece")  # fmt: skip
    number = func.count().over(partition_by=[pieces.c[key] for key in keys]).label("pieces")
    piece = select(pieces, number).cte("pieces")
    ranks = _ranks(keys, totals)
    return union_all(_of_one_piece(keys, piece, ranks), _of_several_pieces(keys, piece, ranks)).subquery("hours")


def _ranks(keys: list[str], totals: Any) -> Any:
    """Return the ranks (from 0) of the two closings around each percentile of a group, and the weight of the second."""
    columns: list[ColumnElement[Any]] = []
    for name, share in SHARES.items():
        rank = (cast(totals.c.closed, Float) - 1.0) * share
        columns += [cast(func.floor(rank), Integer).label(f"{name}_below")]
        columns += [cast(func.ceil(rank), Integer).label(f"{name}_above")]
        columns += [(rank - func.floor(rank)).label(f"{name}_weight")]
    return select(*(totals.c[key] for key in keys), *columns).where(totals.c.closed > 0).cte("rank")


def _join_ranks(keys: list[str], source: Any, ranks: Any) -> Any:
    return source.join(ranks, and_(true(), *(source.c[key] == ranks.c[key] for key in keys)))


def _interpolate(
    ranks: Any, minutes_at: Callable[[Any], ColumnElement[float]], aggregate: Callable[[Any], ColumnElement[float]]
) -> Iterator[ColumnElement[Any]]:
    """Yield each percentile in hours, between the durations in minutes at its two ranks."""
    for name in SHARES:
        below, above = minutes_at(ranks.c[f"{name}_below"]), minutes_at(ranks.c[f"{name}_above"])
        minutes = below + (above - below) * aggregate(ranks.c[f"{name}_weight"])
        yield (minutes / literal(MINUTES_PER_HOUR, Float)).label(name)


def _of_one_piece(keys: list[str], piece: Any, ranks: Any) -> Select[Any]:
    """Search the arrays of the groups with one rollup row or one delta."""

    def minutes_at(rank: ColumnElement[int]) -> ColumnElement[float]:
        return cast(piece.c.minutes[func.width_bucket(rank, piece.c.up_to) + 1], Float)

    hours = _interpolate(ranks, minutes_at, lambda weight: weight)
    statement = select(*(piece.c[key] for key in keys), *hours).select_from(_join_ranks(keys, piece, ranks))
    return statement.where(piece.c.pieces == 1)


def _of_several_pieces(keys: list[str], piece: Any, ranks: Any) -> Select[Any]:
    """Merge the rollup rows and deltas of the other groups, and accumulate their closings by duration."""
    names = ("minutes", "up_to", "previous")
    each = (
        func.unnest(piece.c.minutes, piece.c.up_to, literal(0, Integer).concat(piece.c.up_to))
        .table_valued(*(column(name, Integer) for name in names), name="each")
        .render_derived()
    )
    groups = [piece.c[key] for key in keys]
    closings = (piece.c.sign * (each.c.up_to - each.c.previous)).label("number")
    unnested = select(*groups, each.c.minutes, closings).select_from(piece.join(each, true()))
    closing = unnested.where(piece.c.pieces > 1, each.c.minutes.is_not(None)).subquery("closing")
    # Equal durations of several pieces are peers in the window's order: they get the same cumulative number.
    groups = [closing.c[key] for key in keys]
    up_to = func.sum(closing.c.number).over(partition_by=groups, order_by=closing.c.minutes).label("up_to")
    cumulative = select(*groups, closing.c.minutes, up_to).subquery("cumulative")

    def minutes_at(rank: ColumnElement[int]) -> ColumnElement[float]:
        return cast(func.min(cumulative.c.minutes).filter(cumulative.c.up_to > rank), Float)

    groups = [cumulative.c[key] for key in keys]
    hours = _interpolate(ranks, minutes_at, func.max)
    statement = select(*groups, *hours).select_from(_join_ranks(keys, cumulative, ranks)).group_by(*groups)
    return statement.having(func.count() > 0)
