"""The network's own content: its projects, the files of its five source documents, and what records link to."""

import re

from tests.support.site import BASE, SHARED

SOURCE_FILES = {
    "sic-ensie": "000_f291bf60caaf3594.txt",
    "sic-baltic-sea": "001_234faf01afa8aaad.txt",
    "sif-buicasus": "002_8facf9e9ef09ddd8.txt",
    "ogre24-incubator-network": "003_396bf2f39102a77b.txt",
    "lsua-local-y-mpact": "004_6e3afb9b17801d53.txt",
}

INCUBATORS = "social-entrepreneurship-incubator-network"

PROJECTS = {"buicasus", "ensie", "local-y-mpact", "social-entrepreneurship-baltic-sea", INCUBATORS}


def source_text(name: str) -> str:
    return " ".join((SHARED / "seeds" / SOURCE_FILES[name]).read_text(encoding="utf-8").split())


def ids(cards) -> list[str]:
    return [card["id"] for card in cards]


def eu_programmes() -> dict[str, str]:
    """Return the names in the EU's table of programmes, by code."""
    table = (SHARED / "conformance/eu-authority/genericode-2026/eu-programme.gc").read_text(encoding="utf-8")
    return dict(
        re.findall(r'"code">\s*<SimpleValue>([^<]*).*?"Name">\s*<SimpleValue>([^<]*)', table, re.DOTALL)
    )


def linked_record(network, card):
    """Return the record that a card links to."""
    return network.json(card["uri"].removeprefix(BASE).removesuffix("#this"))


def linked_records(network, project, key):
    """Return the activities or outputs of a project."""
    return [linked_record(network, card) for card in project[key]]


def statuses(network, project) -> dict[str, str | None]:
    return {
        output["id"]: output.get("status", {}).get("id")
        for output in linked_records(network, project, "outputs")
    }


def projects_with(records_by_path, organisation: str) -> set[str]:
    return {
        record["id"]
        for record in records_by_path.values()
        for part in record.get("participations", [])
        if part.get("organisation", {}).get("id") == organisation
    }
