"""Progress bars in the terminal, for downloads and long work."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.progress import TimeRemainingColumn as Remaining

from assistant.downloads import Report
from memory.exchange.log import Progress as Counted


@contextmanager
def downloading() -> Iterator[Report]:
    """A report that draws a bar where bytes are counted and a line for each other step."""
    console = Console(stderr=True)
    columns = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), DownloadColumn(), Remaining()
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)
        last = ""

        def report(what: str, done: int, total: int) -> None:
            nonlocal last
            if what != last and not total:
                console.print(f"[dim]{what}[/dim]", highlight=False)
            last = what
            bar.update(task, description=what if total else "", completed=done, total=total or None)

        yield report


@contextmanager
def counting(what: str) -> Iterator[Counted]:
    """A bar over (done, total)."""
    columns = SpinnerColumn(), TextColumn(what), BarColumn(), MofNCompleteColumn(), Remaining()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def copying(what: str) -> Iterator[Counted]:
    """A bar over (done, total) bytes."""
    columns = SpinnerColumn(), TextColumn(what), BarColumn(), DownloadColumn(), Remaining()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
