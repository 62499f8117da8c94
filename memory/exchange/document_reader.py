"""`python -m memory.exchange.document_reader .pdf MEMORY_BYTES SECONDS < file`: prints the text of a document as Markdown.

Run by `memory.exchange.document_text`, in a process that limits itself before it looks at the file.
"""

import io
import logging
import sys
import warnings


def main(suffix: str, memory_bytes: int, seconds: int) -> None:
    content = sys.stdin.buffer.read()
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    from markitdown import StreamInfo
    from markitdown.converters import DocxConverter, HtmlConverter, PdfConverter

    converter = {".pdf": PdfConverter, ".docx": DocxConverter}.get(suffix, HtmlConverter)()  # type: ignore[no-untyped-call]
    _limit(memory_bytes, seconds)
    charset = "utf-8" if suffix in (".html", ".htm") else None
    found = converter.convert(io.BytesIO(content), StreamInfo(extension=suffix, charset=charset))
    sys.stdout.buffer.write(found.markdown.encode("utf-8", "replace"))


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
