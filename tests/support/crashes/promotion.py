"""The promotion of a replica while a writer commits and readers read."""

import itertools
import threading
from collections import Counter
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Self

from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from api.settings import Settings
from api.store.log.actions import publish
from api.store_factory import create_store
from tests.support.crashes.replication import ReplicatedServer
from tests.support.generators.records import record
from tests.support.processes import Server, serving, until
from tests.support.site import BASE
from tests.support.wait_limit import PATIENCE

COMMITS = 10
"""Commits that are acknowledged before the primary ends, and again after the promotion."""

READERS = 2


@dataclass
class PromotionResult:
    """The result of a promotion.

    `lost` has the ids of acknowledged records that are not public after it, `statuses` counts those of the readers,
    `without_advice` the responses 503 without Retry-After.
    """

    acknowledged: int
    lost: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    without_advice: int = 0


def at_database(server: str, address: str) -> str:
    """Return the address of the database of an address on another server."""
    url = make_url(server).set(database=make_url(address).database)
    return url.render_as_string(hide_password=False)


class Clients:
    """A writer and readers of two servers, of which the second follows the first and takes its place.

    The writer goes on at the second once the first does not answer. The readers ask a server of the second.
    """

    def __init__(self, first: str, second: str, server: Server) -> None:
        self._addresses = [first, second]
        self._server = server
        self._stop = threading.Event()
        self.acknowledged: list[str] = []
        self.statuses: Counter[int] = Counter()
        self.without_advice = 0
        self._threads = [threading.Thread(target=target) for target in (self._write, *[self._read] * READERS)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(PATIENCE)

    def wait_for_commits(self) -> None:
        """Wait until some more commits are acknowledged."""
        before = len(self.acknowledged)
        until(lambda: len(self.acknowledged) >= before + COMMITS)

    def _write(self) -> None:
        numbers, address = itertools.count(1), self._addresses[0]
        while not self._stop.is_set():
            store = create_store(Settings(database=address, base=BASE))
            try:
                while not self._stop.is_set():
                    name = f"organisation-{next(numbers)}"
                    store.commit([publish(record("Organisation", name))], "writer")
                    self.acknowledged.append(name)
            except (
                DBAPIError
            ):  # not acknowledged: the first has ended, and the second may not take writes yet
                address = self._addresses[1]
                self._stop.wait(0.05)
            finally:
                store.database.close()

    def _read(self) -> None:
        """Count the statuses of requests for lists and the newest acknowledged record."""
        while not self._stop.is_set():
            newest = self.acknowledged[-1] if self.acknowledged else "none"
            for path in ("/organisations", "/projects?limit=1", f"/organisations/{newest}"):
                connection = HTTPConnection("127.0.0.1", self._server.port, timeout=PATIENCE)
                connection.request("GET", path)
                response = connection.getresponse()
                response.read()
                connection.close()
                self.statuses[response.status] += 1
                self.without_advice += response.status == 503 and not response.headers["Retry-After"]


def promote_under_load(pair: ReplicatedServer, primary: str, folder: Path) -> PromotionResult:
    """End the primary while a writer commits to its database and readers read from the replica, and promote this one."""
    replica = at_database(pair.replica, primary)
    with serving(folder, database=replica, base=BASE) as server:
        with Clients(primary, replica, server) as clients:
            clients.wait_for_commits()
            pair.stop_primary()
            pair.promote()
            clients.wait_for_commits()
        until(lambda: server.get(f"/organisations/{clients.acknowledged[-1]}")[0] == 200)
        lost = [name for name in clients.acknowledged if server.get(f"/organisations/{name}")[0] != 200]
    return PromotionResult(len(clients.acknowledged), lost, clients.statuses, clients.without_advice)
