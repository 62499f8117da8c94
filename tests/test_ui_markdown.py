"""What a reply may do to the page: nothing but be read."""

import re
import time

import pytest

from ui.markdown import to_html

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img src=http://evil.example/a.png>",
    "![cat](http://evil.example/mdimg.png)",
    "![cat][ref]\n\n[ref]: http://evil.example/ref.png",
    "[click](javascript:alert(1))",
    "[click](data:text/html,<script>alert(1)</script>)",
    "<a href='javascript:alert(1)'>x</a>",
    "<iframe src=http://evil.example></iframe>",
    "<svg onload=alert(1)>",
    "<video src=http://evil.example/v>",
    "<style>body{background:url(http://evil.example/css)}</style>",
    "<form action=http://evil.example><input type=image src=http://evil.example/i></form>",
    "`<img src=x>`",
    "```html\n<img src=http://evil.example/code onerror=alert(1)>\n```",
    '```"><script>alert(1)</script>\nx\n```',
    "$$ \\text{<img src=http://evil.example/tex onerror=alert(1)>} $$",
    "\\( \\href{javascript:alert(1)}{x} \\)",
    "\\( \\style{background:url(http://evil.example)}{x} \\)",
    "| a |\n|---|\n| <img src=http://evil.example/table> |",
    "<math><mtext></mtext><img src=x onerror=alert(1)></math>",
]
LOADS = re.compile(
    r"<(?:img|script|iframe|object|embed|video|audio|source|link|style|form|input|svg|base|meta|image)\b|\bon\w+\s*=|"
    r"href=\"(?!https?://|mailto:)|\bsrc=|\bsrcset=|\bstyle=|url\(",
    re.I,
)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_runs_or_loads(text: str) -> None:
    shown = to_html(text)
    tags = "".join(re.findall(r"<[^>]*>", shown))  # what stands outside of tags is text
    assert not LOADS.search(tags), shown


def test_code_tables_and_formulas_are_laid_out() -> None:
    shown = to_html("| a | b |\n|---|---|\n| 1 | $x^2$ |\n\n```python\ndef f(): pass\n```\n\n\\[ \\frac{1}{2} \\]")
    for part in ("<table>", "<msup>", 'class="k"', "<mfrac>", "data-copy-code"):
        assert part in shown


def test_money_is_no_formula_and_a_formula_being_written_is_text() -> None:
    assert "<math" not in to_html("It costs $5 or $10.")
    assert "frac" in to_html("so \\( \\frac{1")


def test_links_say_where_they_go_and_tell_nothing_of_us() -> None:
    shown = to_html("[my bank](https://evil.example/login)")
    assert 'title="https://evil.example/login"' in shown
    assert "noreferrer" in shown


@pytest.mark.parametrize("sign", ["[", "*", "> ", "`", "$", "|", "\\(", "- ", "<", "![](", "\\frac{"])
def test_no_text_takes_long(sign: str) -> None:
    began = time.monotonic()
    to_html(sign * (60_000 // len(sign)))
    assert time.monotonic() - began < 20  # not a speed limit: what is exponential would not end


def test_a_very_long_text_is_shown_as_it_is() -> None:
    assert to_html("<b>" * 30_000).startswith('<p class="plain">&lt;b&gt;')
