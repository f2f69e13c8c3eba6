import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conduyt_kit.features.messages import texts


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("Hello", "Hello"),
        ("<p>One</p>\n\n<p>Two &lt;b&gt;</p>", "One\nTwo <b>"),
        ("a<b>b</b>  c\n d", "ab c d"),
        ("<table><tr><td>x</td></tr><tr><td>y</td></tr></table>", "x\ny"),
        ("<head><title>No</title></head><style>p { }</style>Yes<script>alert(1)</script>", "Yes"),
        ("<style>never closed <p>text", ""),
        ("<p>unclosed <b>bold", "unclosed bold"),
        ("", ""),
    ],
)
def test_html_reads_as_its_reader_sees_it(html: str, text: str) -> None:
    assert texts.text_of_html(html) == text


@pytest.mark.parametrize(
    ("answer", "new"),
    [
        ("Yes.\n\n> No?", "Yes."),
        ("Ja.\n\nAm 02.03.2026 um 10:00 schrieb Shop <shop@example.org>:\n> Passt es?", "Ja."),
        ("Oui.\n\nLe lun. 2 mars 2026 à 10:00, Shop <s@example.org> a écrit :\n> Alors ?", "Oui."),
        ("Fine\n-----Original Message-----\nFrom: Shop", "Fine"),
        ("Fine\n________________________________\nFrom: Shop", "Fine"),
        ("Fine\n-- \nMira Solberg\nFjord Line", "Fine"),
        ("On Monday I wrote: nothing\nmore", "On Monday I wrote: nothing\nmore"),
        ("> all\n> quoted", "> all\n> quoted"),
        ("", ""),
    ],
)
def test_new_part_leaves_out_what_is_quoted_and_the_signature(answer: str, new: str) -> None:
    assert texts.new_part(answer) == new


def test_preview_is_one_line_of_at_most_200_characters() -> None:
    assert texts.preview("  a\n\n b\t c ") == "a b c"
    assert texts.preview("x" * 200) == "x" * 200
    assert texts.preview("x" * 201) == "x" * 199 + "…"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80))
def test_one_line_never_holds_what_ends_a_line(text: str) -> None:
    line = texts.one_line(text)
    assert len(line.splitlines()) <= 1
    assert "\x00" not in line
    assert texts.one_line(line) == line


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="<>/!-&;abp \n\"'=", max_size=200))
def test_any_markup_is_read_without_failing_and_leaves_storable_text(html: str) -> None:
    text = texts.text_of_html(html)
    assert texts.storable(text) == text


@pytest.mark.parametrize("hostile", ["<" * 100_000, "<p>" * 50_000, "On " + "x" * 100_000 + " wrote", "_" * 100_000, "> " * 50_000])
def test_hostile_text_is_read_soon(hostile: str) -> None:
    assert isinstance(texts.text_of_html(hostile) + texts.preview(texts.new_part(hostile)), str)
