"""What a person waits for, and what the search finds: `make bench`. Absolute times are this machine's; ratios travel."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parent.parent
DATA = ROOT.parent / "shared" / "data" / "locomo_dev.json"
RUNS = 5

FIRST = """
import sys, time
began = time.perf_counter()
from pathlib import Path
from assistant import Runtime, Settings, TextDelta
with Runtime(Settings(data_dir=Path(sys.argv[1]), model="small")) as runtime:
    mei = runtime.assistant("mei")
    for text in ("My dog is called Biscuit.", "What is my dog called?", "And what is my name?"):
        start = time.perf_counter() if text != "My dog is called Biscuit." else began
        for event in mei.stream(text):
            if isinstance(event, TextDelta):
                print(time.perf_counter() - start)
                break
"""


def seconds(*command: str) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    return time.perf_counter() - began


def page_served() -> float:
    """From the command to the first page, the models loading behind it."""
    with socket.socket() as probe, tempfile.TemporaryDirectory() as folder:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "ui", "ui", "--no-browser", "--port", str(port), "--data-dir", folder],
            stdout=subprocess.DEVNULL,
            env={**os.environ, "ZHIJI_MODEL": "small"},
            cwd=ROOT,
        )
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).read()
                break
            except OSError:
                time.sleep(0.05)
        took = time.perf_counter() - began
        process.terminate()
        process.wait()
    return took


def main() -> None:
    python = sys.executable
    nothing = median(seconds(python, "-c", "pass") for _ in range(RUNS))
    print("| what | median s | times an empty Python |\n|---|---|---|")
    for what, command in {
        "import assistant": (python, "-c", "import assistant"),
        "zhiji --help": (python, "-m", "ui", "--help"),
    }.items():
        took = median(seconds(*command) for _ in range(RUNS))
        print(f"| {what} | {took:.2f} | {took / nothing:.1f} |", flush=True)
    took = median(page_served() for _ in range(3))
    print(f"| zhiji ui, to the first page | {took:.2f} | {took / nothing:.0f} |", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([python, "-c", FIRST, folder], check=True, capture_output=True, text=True, cwd=ROOT)
    cold, warm, again = (float(line) for line in done.stdout.split())
    print(f"| first word, cold process | {cold:.2f} | |\n| first word, warm, with a memory | {warm:.2f} | |")
    print(f"| first word, warm, without | {again:.2f} | |\n", flush=True)
    if DATA.exists():
        subprocess.run([python, str(ROOT / "bench" / "recall.py"), str(DATA)], check=True)
    else:
        print(f"No recall figures: {DATA} is not there.")


if __name__ == "__main__":
    main()
