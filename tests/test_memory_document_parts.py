"""No part of a document is lost on the way to its text, and its pieces stand under their own headings."""

import io
import zipfile

import pytest

from memory.exchange import docx
from memory.exchange.document_reader import markdown
from memory.exchange.pieces import CHUNK_CHARS, chunks

pytestmark = pytest.mark.filterwarnings("ignore")  # the parsers'; a document is read in a process of its own
SPACES = (
    " ".join(
        f'xmlns:{name}="http://schemas.{where}"'
        for name, where in {
            "w": "openxmlformats.org/wordprocessingml/2006/main",
            "r": "openxmlformats.org/officeDocument/2006/relationships",
            "wp": "openxmlformats.org/drawingml/2006/wordprocessingDrawing",
            "a": "openxmlformats.org/drawingml/2006/main",
            "wps": "microsoft.com/office/word/2010/wordprocessingShape",
            "mc": "openxmlformats.org/markup-compatibility/2006",
        }.items()
    )
    + ' xmlns:v="urn:schemas-microsoft-com:vml"'
)
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"


def p(text: str) -> str:
    return f'<w:p><w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def in_box(text: str) -> str:
    content = f"<wps:txbx><w:txbxContent>{text}</w:txbxContent></wps:txbx>"
    return f"<w:drawing><wp:inline><wps:wsp>{content}</wps:wsp></wp:inline></w:drawing>"


def anchored(text: str) -> str:
    return f"<w:p><w:r>{in_box(text)}</w:r></w:p>"


def word(body: str, **parts: str) -> bytes:
    names = {name: f"word/{name}.xml" for name in parts}
    types = "".join(
        f'<Override PartName="/{path}" ContentType="{WORD}.{name.rstrip("0123456789")}+xml"/>'
        for name, path in names.items()
    )
    related = "".join(
        f'<Relationship Id="r{name}" Type="{KIND}/{name.rstrip("0123456789")}" Target="{name}.xml"/>' for name in names
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{TYPES}"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships'
            f'+xml"/><Default Extension="xml" ContentType="application/xml"/>{types}<Override PartName="/word/document.xml" '
            f'ContentType="{WORD}.document.main+xml"/></Types>',
        )
        packed.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{RELS}"><Relationship Id="r1" Type="{KIND}/officeDocument" Target="word/document.xml"/>'
            "</Relationships>",
        )
        packed.writestr("word/_rels/document.xml.rels", f'<Relationships xmlns="{RELS}">{related}</Relationships>')
        packed.writestr("word/document.xml", f"<w:document {SPACES}><w:body>{body}</w:body></w:document>")
        for name, text in parts.items():
            packed.writestr(names[name], text)
    return out.getvalue()


def header(text: str, tag: str = "hdr") -> str:
    return f"<w:{tag} {SPACES}>{p(text)}</w:{tag}>"


CHOICE = (
    f'<w:p><w:r><w:t>Anchor</w:t><mc:AlternateContent><mc:Choice Requires="wps">{in_box(p("Rings at 4410"))}</mc:Choice>'
    f"<mc:Fallback><w:pict><v:textbox><w:txbxContent>{p('Rings at 4410')}</w:txbxContent></v:textbox></w:pict></mc:Fallback>"
    "</mc:AlternateContent></w:r></w:p>"
)
NOTES = f'<w:footnotes {SPACES}><w:footnote w:id="2">{p("See the lease")}</w:footnote></w:footnotes>'


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (word(p("Body") + CHOICE), ["Body", "Anchor", "Rings at 4410"]),
        (word(anchored(p("Outer") + anchored(p("Inner")))), ["Outer", "Inner"]),
        (word(f"<w:tbl><w:tr><w:tc>{anchored(p('In a cell'))}</w:tc></w:tr></w:tbl>"), ["|  |", "| --- |", "| In a cell |"]),
        (
            word(
                "<w:p><w:moveFrom><w:r><w:t>Moved</w:t></w:r></w:moveFrom><w:r><w:t>Kept</w:t></w:r></w:p>"
                "<w:p><w:moveTo><w:r><w:t>Moved</w:t></w:r></w:moveTo><w:ins><w:r><w:t> and new</w:t></w:r></w:ins>"
                "<w:del><w:r><w:delText>gone</w:delText></w:r></w:del></w:p>"
            ),
            ["Kept", "Moved and new"],
        ),
        (
            word(
                p("Body"), header1=header("Letter to Ana"), header2=header("Letter to Ana"),
                footer1=header("Page by hand", "ftr"),
            ),
            ["Letter to Ana", "Body", "Page by hand"],
        ),
        (word(p("Body"), header1=header("7")), ["Body"]),
        (
            word("<w:tbl>" + "".join(f"<w:tr><w:tc>{p(one)}</w:tc><w:tc>{p(other)}</w:tc></w:tr>" for one, other in
                 (("Rent", "900"), ("Gas", "40"))) + "</w:tbl>"),
            ["|  |  |", "| --- | --- |", "| Rent | 900 |", "| Gas | 40 |"],
        ),
    ],
)  # fmt: skip
def test_all_text_of_a_word_document_is_read(content: bytes, lines: list[str]) -> None:
    assert [line for line in markdown(".docx", content).splitlines() if line.strip()] == lines


def test_a_footnote_is_read() -> None:
    body = '<w:p><w:r><w:t>Rent is due</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>'
    assert "See the lease" in markdown(".docx", word(body, footnotes=NOTES))


def test_a_zip_that_is_no_document_stays_as_it_is() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("a.txt", "a")
    assert docx.whole(out.getvalue()) == out.getvalue()


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        (
            "# Setup\n\n```bash\n\n# remove the lock\n\nrm lock\n\n```\n\nPort 8123",
            ["Setup\n```bash\n\n# remove the lock\n\nrm lock\n\n```\n\nPort 8123"],
        ),
        ("~~~\n# a comment\n~~~\n\nText", ["~~~\n# a comment\n~~~\n\nText"]),
        ("````\n```\n# still code\n```\n````", ["````\n```\n# still code\n```\n````"]),
        ("#1 priority: the plumber\n\nMore", ["#1 priority: the plumber\n\nMore"]),
        ("#hashtag and words", ["#hashtag and words"]),
        ("# One\nright below\n## Two ##\ntext", ["One\nright below", "Two\ntext"]),
        ("# One\n\n## Two\n\ntext", ["One › Two\ntext"]),
        ("#### ", ["####"]),
        ("```\nnever closed\n# comment", ["```\nnever closed\n# comment"]),
        ("the `# sign` in words\n# Heading\ntext", ["the `# sign` in words", "Heading\ntext"]),
        ("    # indented is code\n\ntext", ["# indented is code\n\ntext"]),
    ],
)  # fmt: skip
def test_a_heading_is_one_where_markdown_has_it_so(text: str, pieces: list[str]) -> None:
    assert chunks(text) == pieces


def test_a_hostile_text_is_cut_all_the_same() -> None:
    for text in ("#" * 20_000, "`" * 20_000, "```\n" * 5_000, "# " * 10_000, " " * 20_000 + "x"):
        assert all(len(piece) <= CHUNK_CHARS + 130 for piece in chunks(text))


@pytest.mark.parametrize(
    "content",
    [
        '<html><head><meta charset="windows-1252"></head><body>Müller wohnt in Köln</body></html>'.encode("cp1252"),
        "<html><body>Müller wohnt in Köln</body></html>".encode("cp1252"),
        '<meta http-equiv="Content-Type" content="text/html; charset=utf-8"><p>Müller wohnt in Köln'.encode(),
    ],
)
def test_a_page_is_read_in_its_own_encoding(content: bytes) -> None:
    assert markdown(".html", content).strip() == "Müller wohnt in Köln"
