"""What a worker serves."""

import gc
import os

from litestar import Litestar

from api.application import create
from api.settings import read_settings


def application() -> Litestar:
    """Return the application that a worker serves; it has its settings from the environment."""
    made = create(read_settings(os.environ))
    # It stays until the end: to look through all of it for garbage would keep clients waiting.
    gc.collect()
    gc.freeze()
    return made
