import io
import zipfile

import pytest

from memory.documents import Documents
from memory.errors import BadInput, NotFound
from memory.exchange.document_text import text_of
from memory.exchange.pieces import CHUNK_CHARS, chunks
from memory.memories import Memories
from memory.store import Store
from tests.support import files_holding

WORD = (
    '<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
    "<w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>"
)
TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'wordprocessingml.document.main+xml"/></Types>'
)
RELATIONS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)


def docx(text: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", TYPES)
        file.writestr("_rels/.rels", RELATIONS)
        file.writestr("word/document.xml", WORD.format(text=text))
    return packed.getvalue()


def pdf(text: str) -> bytes:
    """A page with one line, as small as a PDF can be."""
    stream = f"BT /F1 24 Tf 72 700 Td ({text}) Tj ET".encode()
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, part in enumerate(parts, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    start = len(out)
    out += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return bytes(out + b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start)


@pytest.fixture
def documents(store: Store) -> Documents:
    return Documents(store, store.user("mei"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", b"The heron nests in April"),
        ("b.md", "# Birds\n\nThe heron nests in April 苍鹭".encode()),
        ("c.txt", "苍鹭 The heron nests in April".encode("gb18030")),
        ("d.HTML", b"<html><body><p>The heron nests in April</p><script>alert(1)</script></body></html>"),
        ("e.docx", docx("The heron nests in April")),
        ("f.pdf", pdf("The heron nests in April")),
    ],
)
def test_each_kind_of_document_is_read(name: str, content: bytes) -> None:
    text = text_of(name, content)
    assert "The heron nests in April" in " ".join(text.split())
    assert "alert" not in text


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.exe", b"MZ", "of a kind that cannot be read"),
        ("b.pdf", b"%PDF-1.4 nothing", "cannot be read"),
        ("c.docx", b"PK\x03\x04 nothing", "cannot be read"),
        ("d.txt", b"\x00\x01\x02", "not text"),
        ("e.md", b"  \n ", "no text"),
        ("f.txt", b"x" * (21 * 2**20), "the most is 20 MB"),
        ("g.txt", b"x " * 1_100_000, "characters"),
        ("h.docx", docx("boom " * 4_000_000), "unpacks to"),
    ],
)
def test_what_cannot_be_read_is_refused_and_changes_nothing(
    documents: Documents, name: str, content: bytes, why: str
) -> None:
    with pytest.raises(BadInput, match=why):
        documents.add(name, content)
    assert documents.list() == []


def test_pieces_are_short_keep_every_word_and_stand_under_their_heading() -> None:
    words = [f"word{number}" for number in range(2_000)]
    pieces = chunks("# Herons\n\n" + " ".join(words[:1_000]) + ". \n\n" + "，".join(words[1_000:]))
    assert all(len(piece) <= CHUNK_CHARS + 130 for piece in pieces)
    assert all(piece.startswith("Herons\n") for piece in pieces)
    joined = " ".join(pieces)
    assert all(word in joined for word in words)


def test_a_document_is_found_with_its_name_and_goes_as_a_whole(store: Store, documents: Documents) -> None:
    memories = Memories(store, store.user("mei"))
    counted: list[tuple[int, int]] = []
    text = "\n\n".join(f"Paragraph {number} on the quokka. " + "Filler words stand here. " * 20 for number in range(9))
    kept = documents.add("quokka.txt", text.encode(), lambda done, total: counted.append((done, total)))
    assert kept.memories == memories.count(document_id=kept.id) > 3
    assert counted[-1] == (kept.memories, kept.memories)
    hit = memories.search("quokka", 1)[0]
    assert (hit.memory.kind, hit.memory.speaker, hit.memory.document_id) == ("document", "quokka.txt", kept.id)
    with pytest.raises(BadInput, match="already"):
        documents.add("other-name.txt", text.encode())
    with pytest.raises(NotFound):
        Documents(store, store.user("li")).forget(kept.id)
    assert documents.forget(kept.id) == kept.memories
    assert documents.list() == []
    assert store.flush()
    assert files_holding(store.folder, b"quokka") == []
