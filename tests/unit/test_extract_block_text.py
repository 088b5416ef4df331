"""Where paragraphs begin and end, and what of the markup is part of their text."""

from __future__ import annotations

import pytest

from copydesk.pipeline.extract.blocks import parse_html, read_blocks

SENTENCE = "The harbour board voted on Thursday to close the northern quay for eleven weeks."
OTHER = "Three ferry companies had asked the board to wait until October, when fewer cross."


def read_texts(html: str, **options: bool) -> list[str]:
    body = parse_html(html).body
    assert body is not None
    return [block.text for block in read_blocks(body, **options)]


@pytest.mark.parametrize(
    ("separator", "count"),
    [
        ("<br>", 2), ("<br><br>", 2), ("<br/>\n\u3000\u3000", 2), ("<br>\u00a0\u00a0", 2), (" ", 1), ("\n", 1),
    ],
)  # fmt: skip
def test_line_break_after_a_sentence_ends_a_paragraph(separator: str, count: int) -> None:
    assert len(read_texts(f"<div>{SENTENCE}{separator}{OTHER}</div>")) == count


def test_line_break_within_a_sentence_does_not() -> None:
    assert read_texts("<p>The harbour,<br>they said, is shut.<br>Why?</p>") == ["The harbour, they said, is shut. Why?"]
    assert read_texts("<p>Boats wait<br>\u3000\u3000Ferries sail</p>") == ["Boats wait", "Ferries sail"]


def test_sixty_characters_are_a_sentence() -> None:
    for length, count in ((59, 1), (60, 2)):
        assert len(read_texts(f"<p>{'a' * (length - 1)}.<br>More</p>")) == count


def test_chinese_sentence_needs_a_third() -> None:
    assert len(read_texts(f"<p>{'港' * 19}。<br>{'船' * 5}</p>")) == 2
    assert len(read_texts(f"<p>{'港' * 18}。<br>{'船' * 5}</p>")) == 1


def test_empty_lines_separate_preformatted_paragraphs() -> None:
    text = "<pre><span>RIVER  STAGE\nEAST   12.4</span>\n \nWEST   11.0\n</pre><p>a\n\nb</p>"
    assert read_texts(text) == ["RIVER STAGE EAST 12.4", "WEST 11.0", "a b"]


def test_metadata_inside_a_paragraph_does_not_split_it() -> None:
    html = '<p>The council voted on <a href="/x"><meta content="link">Tuesday</a><link rel=x> to close.</p>'
    assert read_texts(html) == ["The council voted on Tuesday to close."]


def test_initial_in_an_element_of_its_own_is_part_of_its_word() -> None:
    assert read_texts("<p><span class=x>T</span> he board voted.</p>") == ["The board voted."]
    assert read_texts("<p><b>A</b> boat sank.</p><p>B movies win.</p>") == ["A boat sank.", "B movies win."]


def test_markup_that_is_printed_escaped_is_read_as_markup() -> None:
    first = '&lt;p&gt;The &lt;a href="/x?a=1"&gt;board&lt;/a&gt; voted.&lt;/p&gt;'
    assert read_texts(f"<div>{first}&lt;p&gt;It sat &lt;b&gt;late&lt;/b&gt;.&lt;/p&gt;</div>") == [
        "The board voted.",
        "It sat late.",
    ]
    assert read_texts("<p>Shares of &lt;ABC.N&gt; fell; 3 &lt; 4 and 5 &gt; 2.</p>") == [
        "Shares of <ABC.N> fell; 3 < 4 and 5 > 2."
    ]


def test_noscript_is_read_only_on_request() -> None:
    html = f"<div></div><noscript><p>{SENTENCE}</p></noscript>"
    assert read_texts(html) == []
    assert read_texts(html, without_scripts=True) == [SENTENCE]
