"""What a callback says of an order, in the names and types of brokers' libraries.

A status word, a mapping, or an object with attributes, such as alpaca-py's Order or ib_async's
Trade. Names are compared without case and separators. No library is imported for that.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from engine.market.quotes.names import bare
from engine.market.quotes.parts import is_scalar, kind_of, names_of, value_of
from engine.orders.soundness import cleaned

_STATUS: Final = ("status", "orderstatus", "state")
_FILLED: Final = (
    "filled", "filledqty", "filledquantity", "execquantity", "executedquantity", "cumqty",
)  # fmt: skip
_AVERAGE: Final = (
    "filledavgprice", "avgfillprice", "averagefillprice", "averageprice", "avgprice",
)  # fmt: skip
_REASON: Final = ("reason", "rejectreason", "reasondescription", "statusmessage")
_FORM: Final = "return a mapping with status, filled (contracts) and price (their average)"


class ToldOrder(NamedTuple):
    """What was said of an order, as it was said.

    Args:
        words: the status: an enumeration's value and then its name, or one text; () where none.
        filled: contracts executed.
        price: their average.
        reason: of a reject.
        successor: id of the order by which the broker has replaced it.
    """

    words: tuple[str, ...] = ()
    filled: Any = None
    price: Any = None
    reason: Any = ""
    successor: Any = None


def told_order(answer: Any) -> ToldOrder:
    """Read what a callback returned about an order.

    The price of a mapping or object is its average price. A plain `price` does not count beside
    a count that is not called `filled`: brokers' own orders have their limit there.

    Raises:
        ValueError: it says nothing of an order, or has legs and no count of what executed.
    """
    if is_scalar(answer):
        return ToldOrder(_words(answer))
    kind = kind_of(answer)
    names = {bare(name): name for name in reversed(names_of(answer))}
    found = {
        field: value_of(answer, names[plain])
        for field, plains in _FIELDS
        for plain in reversed(plains)
        if plain in names
    }
    status, filled = found.get("status"), found.get("filled")
    if "status" not in found and "order" in names:
        return told_order(value_of(answer, names["order"]))
    if not is_scalar(status):  # ib_async's Trade has an OrderStatus of its own
        return told_order(status)
    if not found and kind.is_mapping:
        return ToldOrder()
    if not found:
        raise ValueError(f"{cleaned(type(answer).__name__, 40)} says nothing of an order; {_FORM}")
    if "filled" not in found and "legs" in names and value_of(answer, names["legs"]):
        raise ValueError(f"the order has legs and no count of what executed; {_FORM}")
    price = found.get("average")
    counted_otherwise = "filled" in found and "filled" not in names
    if "average" not in found and "price" in names and not counted_otherwise:
        price = value_of(answer, names["price"])
    reason, successor = found.get("reason") or "", found.get("successor")
    return ToldOrder(_words(status), filled, price, reason, successor)


_FIELDS: Final = (
    ("status", _STATUS),
    ("filled", _FILLED),
    ("average", _AVERAGE),
    ("reason", _REASON),
    ("successor", ("replacedby",)),
)


def _words(status: Any) -> tuple[str, ...]:
    """A status as texts: an enumeration's value, then its name; else the text itself."""
    if status is None:
        return ()
    texts = [getattr(status, "value", status), getattr(status, "name", None)]
    return tuple(text for text in texts if isinstance(text, str)) or (str(status),)
