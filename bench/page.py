"""How soon can one write? From opening the address to a text field that takes words, each time in a new browser.

    python bench/page.py [LOADS]

The server is warm (one load before); the model is scripted, because none is needed. Needs Chromium and Playwright.
"""

import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from assistant import Runtime, Settings
from assistant.chat_models.scripted_model import ScriptedModel
from tests.browser import browser, served
from tests.support import HashEmbedder


def main(loads: int) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        Runtime(Settings(data_dir=Path(folder)), model=ScriptedModel(), embedder=HashEmbedder()) as runtime,
    ):
        mei = runtime.assistant("mei")
        for number in range(100):
            mei.chat(f"Message number {number} about the garden")
        with served(runtime) as url:
            seconds = []
            for _ in range(loads + 1):
                with browser(url) as page:
                    began = time.perf_counter()
                    page.open()
                    seconds.append(time.perf_counter() - began)
    seconds = sorted(seconds[1:])
    print(f"ready to write: median {median(seconds):.2f} s, {seconds[0]:.2f} to {seconds[-1]:.2f} s ({loads} loads)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
