"""`python -m api.cli.supervisor HOST PORT WORKERS`: start the workers and watch over them, in a process that knows no more."""

import ctypes
import gc
import os
import signal
import sys

from granian import Granian
from granian.constants import Interfaces

_TO_END = (signal.SIGTERM, signal.SIGINT)


def run(host: str, port: int, workers: int) -> None:
    """Serve until stopped."""
    os.register_at_fork(before=_hold_signals, after_in_parent=_take_signals, after_in_child=_follow_parent)
    # Memory stays shared with the workers as long as nobody writes to it, as a search for garbage would.
    gc.freeze()
    Granian(
        "api.cli.worker:application",
        factory=True,
        interface=Interfaces.ASGI,
        address=host,
        port=port,
        workers=workers,
        log_access=False,
    ).serve()


def _hold_signals() -> None:
    """Let what asks a worker to end wait while there is no more of it than a copy of its parent."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _TO_END)


def _take_signals() -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _TO_END)


def _follow_parent() -> None:
    """Let a worker end when it is asked to, from its first moment on, and when its server is gone."""
    # It begins with its parent's handlers, which would only note the signal; its own come when it serves.
    for asked_to_end in _TO_END:
        signal.signal(asked_to_end, signal.SIG_DFL)
    _take_signals()
    if sys.platform == "linux":
        # A worker whose server was killed would go on holding the port: prctl(2), PR_SET_PDEATHSIG.
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


if __name__ == "__main__":
    run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
