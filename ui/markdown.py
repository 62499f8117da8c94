"""Markdown to HTML that is safe to show: no HTML of the text's own, nothing that loads by itself, links that say where they go.

Tables, code with colours (Pygments), LaTeX as MathML, which browsers draw themselves. An image becomes a link.
"""

import html
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Any
from xml.etree import ElementTree

from markdown_it import MarkdownIt
from markdown_it.token import Token

MAX_CHARS = 60_000
"""A longer text is shown as it is: to lay it out takes seconds."""
MAX_CODE_CHARS = 6_000
"""Some lexers take a time that grows with the square: 18,000 characters of one took 4.5 s."""
MAX_MATH_CHARS = 2_000
MAX_FORMULAS = 500
"""To look for the end of each takes a time that grows with the text: 30,000 that do not end took 10 s."""
_MATH = ("math_inline", "math_inline_double", "math_block", "math_block_label", "math_single")
_XMLNS = "{http://www.w3.org/1998/Math/MathML}"
_TAGS = frozenset(
    """math mrow mi mn mo ms mtext mspace mfrac msqrt mroot msub msup msubsup munder mover munderover mtable mtr mtd mstyle
    mpadded mphantom menclose mfenced mmultiscripts mprescripts none""".split()
)
_ATTRIBUTES = frozenset(
    """display mathvariant stretchy fence form separator lspace rspace width height depth linethickness columnalign rowalign
    displaystyle scriptlevel minsize maxsize accent notation movablelimits largeop columnspacing rowspacing columnlines
    rowlines""".split()
)


@lru_cache(maxsize=512)
def to_html(text: str, copy: str = "Copy") -> str:
    """`copy` names the button that copies code."""
    if len(text) > MAX_CHARS:
        return f'<p class="plain">{html.escape(text)}</p>'
    formulas = text.count("\\(") + text.count("\\[")
    return str(_parser(formulas <= MAX_FORMULAS).render(text, {"copy": copy}))


@cache
def _parser(brackets: bool) -> MarkdownIt:
    """With formulas in \\( \\) and \\[ \\], or without."""
    from mdit_py_plugins.dollarmath import dollarmath_plugin
    from mdit_py_plugins.texmath import texmath_plugin

    parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
    parser.disable("image")
    if brackets:
        texmath_plugin(parser, delimiters="brackets")
    dollarmath_plugin(parser, allow_space=False, allow_digits=False, double_inline=True)
    parser.add_render_rule("fence", _code)
    parser.add_render_rule("code_block", _code)
    parser.add_render_rule("link_open", _link)
    for name in _MATH:
        parser.add_render_rule(name, _math)
    parser.add_render_rule("table_open", lambda *_: '<div class="table" tabindex="0"><table>')
    parser.add_render_rule("table_close", lambda *_: "</table></div>")
    return parser


def _link(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:  # noqa: ARG001
    address = str(tokens[index].attrs.get("href", ""))
    if not address.lower().startswith(("http://", "https://", "mailto:")):
        return "<a>"
    shown = html.escape(address)
    return f'<a href="{shown}" title="{shown}" target="_blank" rel="noopener noreferrer nofollow">'


def _code(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Mapping[str, str]) -> str:  # noqa: ARG001
    token = tokens[index]
    language = token.info.split()[0] if token.info.strip() else ""
    return (
        f'<div class="code"><div class="code-head"><span>{html.escape(language[:30])}</span>'
        f'<button type="button" class="copy-code" data-copy-code aria-label="{html.escape(env["copy"])}"></button></div>'
        f'<pre tabindex="0"><code>{_coloured(token.content, language)}</code></pre></div>'
    )


def _coloured(code: str, language: str) -> str:
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    if not language or len(code) > MAX_CODE_CHARS:
        return html.escape(code)
    try:
        lexer = get_lexer_by_name(language)
    except ClassNotFound:
        return html.escape(code)
    return str(highlight(code, lexer, HtmlFormatter(nowrap=True)))


def _math(self: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:  # noqa: ARG001
    token = tokens[index]
    display = "block" if "block" in token.type or token.type.endswith("double") else "inline"
    source = token.content.strip()
    drawn = _mathml(source, display) if len(source) <= MAX_MATH_CHARS else None
    return drawn or f"<code>{html.escape(source)}</code>"


@lru_cache(maxsize=512)
def _mathml(source: str, display: str) -> str | None:
    """`None` if it is not LaTeX that can be drawn; while a reply is being written it often ends in the middle."""
    from latex2mathml.converter import convert

    try:
        return _safe(convert(source, display=display))
    except Exception:  # the converter raises errors of many kinds, bare ones too, for what it does not understand
        return None


def _safe(mathml: str) -> str | None:
    """MathML with nothing in it but formulas. The converter escapes nothing and takes \\href."""
    root = ElementTree.fromstring(mathml)  # an <img> of the text's own is not well-formed here, or not MathML
    for element in root.iter():
        if element.tag.removeprefix(_XMLNS) not in _TAGS:
            return None
        element.tag = element.tag.removeprefix(_XMLNS)
        for name in element.attrib.keys() - _ATTRIBUTES:
            del element.attrib[name]
    return ElementTree.tostring(root, encoding="unicode")
