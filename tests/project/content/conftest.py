"""Fixtures: the five projects, and every record of the network's own content."""

import pytest

from tests.support.shipped_content import INCUBATORS
from tests.support.site import BASE


@pytest.fixture
def ensie(network):
    return network.json("/projects/ensie")


@pytest.fixture
def baltic_sea(network):
    return network.json("/projects/social-entrepreneurship-baltic-sea")


@pytest.fixture
def buicasus(network):
    return network.json("/projects/buicasus")


@pytest.fixture
def incubators(network):
    return network.json(f"/projects/{INCUBATORS}")


@pytest.fixture
def local_y_mpact(network):
    return network.json("/projects/local-y-mpact")


@pytest.fixture(scope="module")
def records_by_path(network):
    """Return the document of every record, by its path."""
    paths = {
        item["uri"].removeprefix(BASE).removesuffix("#this")
        for collection in network.json("/")["collections"]
        for item in network.json(f"/{collection['id']}?limit=200")["items"]
    }
    return {path: network.json(path) for path in sorted(paths)}
