"""Small sums of numpy in one thread.

The library under numpy (BLAS) shares a product of a few thousand numbers out among all cores, and waits for the slowest. On
two cores that other work kept busy, the reader's heads took 28 ms a message in that way and 1.7 ms in one thread.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from threadpoolctl import ThreadpoolController

_LOCK = threading.Lock()  # the number is of the process: two at a time would each put back what the other had set


@contextmanager
def one_thread() -> Iterator[None]:
    """Within the block BLAS uses one thread, in the whole process. To enter takes 0.1 ms. Blocks wait for one another, so keep
    them short."""
    with _LOCK, _controller().limit(limits=1, user_api="blas"):
        yield


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()
