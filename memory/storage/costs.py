"""What one guess at a passphrase or a password costs whoever tries: the parameters of Argon2id (RFC 9106).

What is kept stores its own costs beside it, so these matter only when something new is kept. Lower costs are only an explicit
argument: no setting, environment variable or command lowers them, and a test holds that.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Costs:
    time: int
    """Passes."""
    memory_kib: int
    lanes: int


PASSPHRASE = Costs(3, 262_144, 4)
"""Of a data folder: 0.6 s of two cores and 256 MiB, above the second choice of RFC 9106 (3 passes, 64 MiB, 4 lanes)."""
PASSWORD = Costs(3, 65_536, 4)
"""Of an account: the second choice of RFC 9106, as argon2-cffi has it by default. A server hashes for several at once."""
