"""The limit: an ordinary handler in a bare Litestar application, which answers the same bytes to everybody.

`python -m tests.bench.limit ROUTE FILE MEDIA-TYPE PORT`; the server is set as ours is.
"""

import sys
from pathlib import Path

from litestar import Litestar, get

from tests.bench.standing import serve


def application() -> Litestar:
    """Return the application; a worker has its arguments from the process that started it."""
    route, file, media_type = sys.argv[1:4]
    body = Path(file).read_bytes()

    @get(route, media_type=media_type)
    async def answer() -> bytes:
        return body

    return Litestar([answer], openapi_config=None, logging_config=None)


if __name__ == "__main__":
    serve("tests.bench.limit", int(sys.argv[4]))
