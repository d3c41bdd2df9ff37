"""An ASGI function that answers the same bytes and headers to everybody: what the server itself allows.

`python -m tests.bench.function FILE HEADERS PORT`, where headers are a JSON object; the server is set as ours is.
"""

import sys
from pathlib import Path
from typing import Any

import msgspec
from granian.constants import Interfaces

from tests.bench.standing import serve


def application() -> Any:
    """Return the function; a worker has its arguments from the process that started it."""
    file, said = sys.argv[1:3]
    body, named = Path(file).read_bytes(), msgspec.json.decode(said, type=dict[str, str])
    headers = tuple((name.encode(), value.encode()) for name, value in named.items())

    async def answer(_: Any, __: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return answer


if __name__ == "__main__":
    serve("tests.bench.function", int(sys.argv[3]), Interfaces.ASGINL)
