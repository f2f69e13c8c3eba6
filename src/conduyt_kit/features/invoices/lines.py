"""Line items from input: numbered, priced, checked against the catalogue (R117, R121)."""

from collections.abc import Mapping, Sequence
from typing import Any

from conduyt_kit.features.invoices.entities import LineItem
from conduyt_kit.features.invoices.totals import line_amount
from conduyt_kit.kernel.errors import Detail, ValidationFailed
from conduyt_kit.kernel.unit_of_work import UnitOfWork


def line_items(unit: UnitOfWork, items: Sequence[Mapping[str, Any]], *, before: Sequence[LineItem] = ()) -> list[LineItem]:
    """Return the lines in order, with ids ``li_001`` and on; amounts that a client sent are never looked at (R119).

    An item that names no product but the id of a line `before` stays a line of that line's product, taxed as it was: answers do
    not show products, so sending back what was read must not lose them. The product may be gone by now (R117).

    Raises:
        ValidationFailed: products do not exist (any more); all such lines are named.
    """
    wanted = [item["product_id"] for item in items if item.get("product_id")]
    catalogue = unit.repository_named("product")
    products = catalogue.get_many(wanted) if catalogue and wanted else {}
    wrong = [
        Detail(f"items[{index}].productId", "No product with this id exists in this workspace")
        for index, item in enumerate(items)
        if item.get("product_id") and item["product_id"] not in products
    ]
    if wrong:
        raise ValidationFailed.of(wrong)
    known = {line.id: line for line in before}
    origins = [products[item["product_id"]] if item.get("product_id") else known.get(str(item.get("id"))) for item in items]
    return [_line(number, item, origin) for number, (item, origin) in enumerate(zip(items, origins, strict=True), start=1)]


def _line(number: int, item: Mapping[str, Any], origin: Any) -> LineItem:
    return LineItem(
        id=f"li_{number:03d}",
        description=item["description"],
        quantity=item["quantity"],
        unit_price=item["unit_price"],
        amount=line_amount(item["quantity"], item["unit_price"]),
        taxable=True if origin is None else origin.taxable,
        product_id=origin.product_id if isinstance(origin, LineItem) else item.get("product_id"),
    )
