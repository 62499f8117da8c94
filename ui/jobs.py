"""Work that takes longer than a request: it runs in a thread, and a page asks how far it is."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from memory.errors import NotFound, ZhijiError

log = logging.getLogger("zhiji.jobs")

MAX_KEPT = 50
Progress = Callable[[int, int], None]


@dataclass
class Job:
    """`result` is what the work returned, `error` what went wrong, in words for a person."""

    user: str
    name: str
    done: int = 0
    total: int = 0
    over: bool = False
    result: Any = None
    error: str = ""


class Jobs:
    """Known by random names, which only the page that began them has; another user's are not found."""

    def __init__(self) -> None:
        self._jobs: OrderedDict[str, Job] = OrderedDict()

    def start(self, user: str, name: str, work: Callable[[Progress], Any]) -> str:
        job = Job(user, name)
        key = uuid4().hex
        self._jobs[key] = job
        while len(self._jobs) > MAX_KEPT:
            self._jobs.popitem(last=False)
        threading.Thread(target=_run, args=(job, work), name="zhiji-job", daemon=True).start()
        return key

    def get(self, user: str, key: str) -> Job:
        """Raises NotFound."""
        job = self._jobs.get(key)
        if job is None or job.user != user:
            raise NotFound("There is no such work under way. Begin it anew.")
        return job


def _run(job: Job, work: Callable[[Progress], Any]) -> None:
    def progress(done: int, total: int) -> None:
        job.done, job.total = done, total

    try:
        job.result = work(progress)
    except ZhijiError as error:
        job.error = str(error)
    except Exception as error:  # a bug must end the bar, not leave it standing
        log.exception("a job failed")
        job.error = f"That failed ({type(error).__name__}). Run `zhiji doctor`."
    job.over = True
