"""Tables of quotes as columns: pandas, polars, pyarrow, structured arrays, mappings of lists.

None of these libraries is imported: a table is known by what it can do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from engine.market.quotes.names import layout_of
from engine.market.quotes.values import shown

_LISTS: Final = ("tolist", "to_list", "to_pylist")


class Table(NamedTuple):
    """Columns of equal length, by their names, and a label for each row where it has any."""

    columns: dict[str, list[Any]]
    labels: list[Any] | None

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows as mappings."""
        names = tuple(self.columns)
        return [
            dict(zip(names, row, strict=True)) for row in zip(*self.columns.values(), strict=True)
        ]


def table_of(told: Any) -> Table | None:
    """A table's columns; None where it is not a table.

    Raises:
        ValueError: a column is named twice, or by several names at once.
    """
    names = getattr(getattr(told, "dtype", None), "names", None)
    if names and getattr(told, "ndim", 0) == 1:
        return Table({name: told[name].tolist() for name in names}, None)
    if hasattr(told, "column_names") and hasattr(told, "to_pylist"):  # pyarrow
        return Table(_columns(told, told.column_names), None)
    if hasattr(told, "columns") and hasattr(told, "to_dicts"):  # polars
        return Table(_columns(told, told.columns), None)
    if hasattr(told, "columns") and hasattr(told, "index") and hasattr(told, "iloc"):  # pandas
        return _frame(told)
    if isinstance(told, Mapping) and told:
        return _mapping_of_columns(told)
    return None


def _columns(told: Any, names: Any) -> dict[str, list[Any]]:
    names = list(names)
    for name in names:
        if not isinstance(name, str):
            raise ValueError(
                f"the table's column {shown(name)} is not named by one text; "
                "name the columns strike, right, bid, ask"
            )
        if names.count(name) > 1:
            raise ValueError(f"the table has two columns {shown(name)}; drop one of them")
    return {name: _listed(told[name]) for name in names}


def _listed(column: Any) -> list[Any]:
    for name in _LISTS:
        if hasattr(column, name):
            found: list[Any] = getattr(column, name)()
            return found
    return list(column.values() if isinstance(column, Mapping) else column)


def _frame(told: Any) -> Table:
    """A pandas frame; named levels of its index are columns, others label the rows."""
    columns = _columns(told, told.columns)
    names, labels = list(told.index.names), told.index.tolist()
    if all(name is None for name in names):
        own = labels != list(range(len(labels)))
        return Table(columns, labels if own else None)
    for place, name in enumerate(names):
        if name is not None and str(name) not in columns:
            levels = [label[place] for label in labels] if len(names) > 1 else labels
            columns[str(name)] = levels
    return Table(columns, None)


def _mapping_of_columns(told: Mapping[Any, Any]) -> Table | None:
    """A mapping whose fields hold a value for each row, as `to_dict()` of a frame returns."""
    names = tuple(name for name in told if isinstance(name, str))
    for field, name in layout_of(names).fields:
        column = told[name]
        if field in ("bid", "ask", "strike") and (
            isinstance(column, (list, tuple, Mapping))
            or any(hasattr(column, each) for each in _LISTS[1:])
            or getattr(column, "ndim", 0) == 1
        ):
            break
    else:
        return None
    columns = {
        name: _listed(told[name])
        for name in names
        if hasattr(told[name], "__len__") and not isinstance(told[name], (str, bytes))
    }
    lengths = {len(column) for column in columns.values()}
    if len(lengths) > 1:
        raise ValueError("the table's columns have different lengths; each row needs every field")
    return Table(columns, None)
