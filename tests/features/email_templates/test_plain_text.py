import pytest

from conduyt_kit.features.email_templates.plain_text import plain_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Hi {{contact.firstName}},</p><p>Thanks</p>", "Hi {{contact.firstName}}, Thanks"),
        ("<p>a<b>b</b><i>c</i> d</p>", "abc d"),
        ("One<br>Two<hr/>Three", "One Two Three"),
        ("<ul><li>a</li><li>b</li></ul><table><tr><td>c</td><td>d</td></tr></table>", "a b c d"),
        ("<p>\n  A &amp; B&nbsp;&lt;3&#8217;\n</p>", "A & B <3’"),
        ("<style>p{color:red}</style><script>alert('<p>')</script>x<!-- no -->y", "xy"),
        ("<html><head><title>Title</title></head><body>Body</body></html>", "Body"),
        ("<a href='{{unsubscribeUrl}}' title=\"<p>\">Leave</a> {{ a | default: '<b>' }}", "Leave {{ a | default: '<b>' }}"),
        ("5 < 6 and 7 > 3", "5 < 6 and 7 > 3"),
        ("<p", ""),
        ("", ""),
    ],
)
def test_tags_are_removed_and_blocks_joined_by_one_space(html: str, text: str) -> None:
    assert plain_text(html) == text
