"""`python -m memory.exchange.document_reader .pdf MEMORY_BYTES SECONDS < file`: prints the text of a document as Markdown.

Run by `memory.exchange.document_text`, in a process that limits itself before it looks at the file.
"""

import io
import logging
import re
import sys
import warnings

from memory.errors import BadInput
from memory.language import encodings


def main(suffix: str, memory_bytes: int, seconds: int) -> None:
    content = sys.stdin.buffer.read()
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    import markitdown.converters  # noqa: F401 (before the limits)

    _limit(memory_bytes, seconds)
    sys.stdout.buffer.write(markdown(suffix, content).encode("utf-8", "replace"))


def markdown(suffix: str, content: bytes) -> str:
    """The text of a file whose name ends in `suffix`. Whatever is wrong with it raises what the parser raises."""
    from markitdown import StreamInfo
    from markitdown.converters import DocxConverter, HtmlConverter, PdfConverter

    from memory.exchange import docx

    converter = {".pdf": PdfConverter, ".docx": DocxConverter}.get(suffix, HtmlConverter)()  # type: ignore[no-untyped-call]
    if suffix == ".docx":
        content = docx.whole(content)
    charset = None
    if suffix in (".html", ".htm"):
        charset, content = "utf-8", _page(content)
    return converter.convert(io.BytesIO(content), StreamInfo(extension=suffix, charset=charset)).markdown


def _page(content: bytes) -> bytes:
    """A web page in UTF-8: by what it says of itself, or else by what it reads as."""
    said = re.search(rb"<meta[^>]{0,200}charset=[\"']?([\w-]{2,20})", content[:4_096], re.I)
    for encoding in (said[1].decode() if said else None, None):
        try:
            return encodings.decode(content, encoding).encode()
        except BadInput:
            continue
    return content


def _limit(memory_bytes: int, seconds: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has none
        return
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    try:
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    except (ValueError, OSError):  # macOS refuses
        pass


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
