import datetime as dt
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdf
import pytest

from conduyt_kit import Kit
from conduyt_kit.kernel.errors import SettingsError
from conduyt_typst.endpoint import disposition
from conduyt_typst.plugin import TypstPlugin

from .desk import LINE, ROUTE, Desk

MARKUP = r"""#panic("x") #read("/etc/passwd") *bold* _it_ $x^2$ `code` @ref <label> \ // comment = Heading"""


def test_pdf_is_named_after_the_invoice(desk: Desk) -> None:
    reply = desk.reply(desk.invoice())
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/pdf")
    assert reply.headers["Content-Disposition"] == 'attachment; filename="INV-001.pdf"'
    assert reply.body.startswith(b"%PDF-")


def test_page_shows_what_the_invoice_says(desk: Desk) -> None:
    id = desk.invoice(
        LINE,
        {"description": "Power", "quantity": Decimal("1.5"), "unit_price": Decimal("0.0333")},
        tax_rate=Decimal("0.0875"),
        due_date=dt.date(2030, 5, 19),
        notes="Thank you!\nPay by wire.",
    )
    text = desk.text(id)
    for expected in (
        "Fjord & Söhne",
        "Mira Solberg",
        "2030-05-19",
        "Mooring 2 1,200.50 2,401.00 USD",
        "Power 1.5 0.0333 0.05 USD",
        "Subtotal 2,401.05 USD",
        "Tax (8.75 %) 210.09 USD",
        "Total 2,611.14 USD",
        "Thank you!\nPay by wire.",
    ):
        assert expected in text
    for absent in ("Paid", "Open", "PAYMENTS"):
        assert absent not in text


def test_paper_is_a4(desk: Desk) -> None:
    [page] = pypdf.PdfReader(BytesIO(desk.reply(desk.invoice()).body)).pages
    assert (round(page.mediabox.width), round(page.mediabox.height)) == (595, 842)


def test_payments_and_balance_are_shown_and_internal_notes_are_not(desk: Desk) -> None:
    id = desk.invoice(tax_rate=Decimal(0))
    desk.send(id)
    desk.pay(id, "400.75", method="bank_transfer", reference="wire 7", notes="asked twice")
    text = desk.text(id)
    assert "bank transfer, wire 7 400.75 USD" in text
    assert "Paid 400.75 USD\nOpen 2,000.25 USD" in text
    assert "asked twice" not in text
    assert "Tax" not in text


def test_mark_follows_the_status(desk: Desk) -> None:
    overdue, paid = desk.invoice(due_date=dt.date(2020, 1, 1)), desk.invoice()

    def marks(id: str) -> set[str]:
        return {"DRAFT", "PAID", "OVERDUE", "VOID"} & set(desk.text(id).split())

    assert (marks(overdue), marks(paid)) == ({"DRAFT"}, {"DRAFT"})
    desk.send(overdue)
    desk.send(paid)
    assert (marks(overdue), marks(paid)) == ({"OVERDUE"}, set())
    desk.pay(paid, "2401")
    assert marks(paid) == {"PAID"}
    desk.void(paid)
    assert marks(paid) == {"VOID"}
    assert "Open" not in desk.text(paid)


def test_texts_are_never_taken_for_markup(desk: Desk) -> None:
    id = desk.invoice({**LINE, "description": MARKUP}, first_name=MARKUP, last_name="]", notes=MARKUP)
    text = " ".join(desk.text(id).split())
    assert text.count(MARKUP) == 3
    assert "root:" not in text


@pytest.mark.parametrize("name", ["Straße Ćevapi", "Ελλάδα", "Привет мир", "— “quotes” …", "ﬁnal ½ €"])
def test_other_alphabets_are_set(desk: Desk, name: str) -> None:
    assert name in desk.text(desk.invoice({**LINE, "description": name}))


def test_characters_without_a_font_do_not_fail(desk: Desk) -> None:
    assert desk.reply(desk.invoice({**LINE, "description": "日本語 🙂 \x01 \u202e"}, notes="\u0000\ufffe"[1:])).status == 200


def test_long_words_stay_in_their_column(desk: Desk) -> None:
    word = "https://example.org/" + "a" * 170
    text = desk.text(desk.invoice({**LINE, "description": word}))
    assert word in "".join(text.split())
    assert max(map(len, text.splitlines())) < 90


def test_many_lines_run_over_pages_that_repeat_the_heading(desk: Desk) -> None:
    id = desk.invoice(*[{**LINE, "description": f"Position {number}"} for number in range(1, 201)])
    pages = [page.extract_text() for page in pypdf.PdfReader(BytesIO(desk.reply(id).body)).pages]
    assert len(pages) > 4
    assert [page.count("DESCRIPTION QUANTITY") for page in pages[:-1]] == [1] * (len(pages) - 1)
    assert f"{len(pages)} / {len(pages)}" in pages[-1]
    assert sum(page.count("Position ") for page in pages) == 200


def test_same_invoice_gives_the_same_bytes(desk: Desk) -> None:
    id = desk.invoice()
    assert desk.reply(id).body == desk.reply(id).body


def test_many_at_once_get_their_own(desk: Desk) -> None:
    ids = [desk.invoice({**LINE, "description": f"Berth {number}"}) for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        texts = list(pool.map(desk.text, ids))
    assert [f"Berth {number}" in text for number, text in enumerate(texts)] == [True] * 8


@pytest.mark.parametrize(("token", "status"), [("", 401), ("nobody", 401), ("ws_2", 404)])
def test_only_the_workspace_reads_its_invoices(desk: Desk, token: str, status: int) -> None:
    assert desk.reply(desk.invoice(), token).status == status


def test_unknown_invoice_is_not_found(desk: Desk) -> None:
    reply = desk.reply("inv_nothing")
    assert (reply.status, reply.headers["Content-Type"]) == (404, "application/json")


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("INV-7.pdf", 'attachment; filename="INV-7.pdf"'),
        ("2026/7.pdf", "attachment; filename=\"2026_7.pdf\"; filename*=UTF-8''2026%2F7.pdf"),
        ('a"\r\nX: y.pdf', "attachment; filename=\"a___X__y.pdf\"; filename*=UTF-8''a%22%0D%0AX%3A%20y.pdf"),
        ("Ä1.pdf", "attachment; filename=\"_1.pdf\"; filename*=UTF-8''%C3%841.pdf"),
    ],
)
def test_any_number_makes_a_safe_header(name: str, header: str) -> None:
    assert disposition(name) == header


def test_endpoint_is_an_extension_of_the_api() -> None:
    [endpoint] = [endpoint for endpoint in Kit.build(plugins=[TypstPlugin()]).endpoints if endpoint.route == ROUTE]
    assert (endpoint.extension, endpoint.section, endpoint.errors) == (True, "Invoices", (404,))


def test_font_and_folder_are_settings(tmp_path: Path) -> None:
    mono = Desk(typst={"font": "DejaVu Sans Mono", "fonts": str(tmp_path)})
    with mono.kit:
        [page] = pypdf.PdfReader(BytesIO(mono.reply(mono.invoice()).body)).pages
        resources: Any = page["/Resources"]
        names = {font.get_object()["/BaseFont"] for font in resources["/Font"].values()}
    assert names
    assert all("DejaVuSansMono" in name for name in names)
    with pytest.raises(SettingsError, match=r"typst\.fonts: must be a folder with fonts"):
        Kit.build({"typst": {"fonts": str(tmp_path / "none")}}, plugins=[TypstPlugin()])


def test_typst_is_loaded_only_where_it_is_used() -> None:
    code = "import sys; import conduyt_typst.plugin, conduyt_typst.rendering; sys.exit('typst' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
