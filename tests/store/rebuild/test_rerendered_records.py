"""Tests of rebuilds by another version: a record gets a public change with `rerender` if its triples change."""

import json
from dataclasses import replace

import pyoxigraph
import pytest
from sqlalchemy import select, update

from api.store.log.actions import Action, delete, merge, publish, save, unpublish
from api.store.log.clock import utc_now
from api.store.maintenance.backup_and_restore import back_up, restore
from api.store.maintenance.check_result import CheckStatus
from api.store.maintenance.doctor import run_checks
from api.store.publishing.store import Store
from schema import MODEL
from schema.rdf.document_triples import DocumentTriples
from schema.rdf.jsonld_context import jsonld_context
from tests.support.generators.records import record
from tests.support.oracle.record_tables import assert_record_tables_agree
from tests.support.response_and_row_snapshots import NETWORK_ACTIONS, rows, stored_documents
from tests.support.site import BASE, site_on
from vocab.uri_builder import Uris

PUBLIC = [("Grant", "grant"), ("Organisation", "partner"), ("Programme", "programme"), ("Project", "project")]
"""Records that are public in the end; the funder is merged."""

LATER = [
    publish(record("Output", "withdrawn")),
    publish(record("Output", "deleted")),
    save(record("Output", "draft")),
    save(record("Project", "project", title={"en": "Draft"})),
    merge(("Organisation", "funder"), "partner"),
    unpublish(("Output", "withdrawn")),
    delete(("Output", "deleted")),
]


@pytest.fixture
def edited(site):
    """A small network with drafts and withdrawn records."""
    site.store.commit(NETWORK_ACTIONS, "editor")
    for action in LATER:
        site.store.commit([action], "editor")
    return site


def of_other_settings(store: Store, **settings: object) -> Store:
    """Return the store of another version: some settings of its renderer differ."""
    return replace(store, renderer=replace(store.renderer, **settings))


def rerendered(site) -> list[tuple[str, str]]:
    return [row[2:4] for row in rows(site, "change") if row[4] == "rerender"]


def test_public_records_whose_triples_a_rebuild_changes_get_one_change_each_that_modifies_none(edited):
    before, documents = rows(edited, "change"), stored_documents(edited.store)
    other = of_other_settings(edited.store, licence="https://example.org/licence")
    other.rebuild()
    added = rows(edited, "change")[len(before) :]
    assert [row[2:] for row in added] == [(*key, "rerender", None, None) for key in PUBLIC]
    head = dict(zip(edited.store.tables.head.c.keys(), rows(edited, "head")[0], strict=True))
    assert {row[1] for row in added} == {head["at"]} == {head["served_at"]}
    assert (head["number"], added[0][1] > before[-1][1]) == (len(before) + len(PUBLIC), True)
    for key, body in stored_documents(edited.store).items():
        old, new = json.loads(documents[key])["record"], json.loads(body)["record"]
        assert (new["created"], new["modified"]) == (old["created"], old["modified"])
    assert_record_tables_agree(other)


def test_a_second_rebuild_of_the_same_version_adds_no_change(edited):
    other = of_other_settings(edited.store, licence="https://example.org/licence")
    other.rebuild()
    before = rows(edited, "change"), rows(edited, "head")
    assert not other.rebuild()
    assert (rows(edited, "change"), rows(edited, "head")) == before
    edited.store.rebuild()
    assert rerendered(edited) == PUBLIC * 2


def test_documents_that_change_in_labels_of_other_resources_keep_their_triples(site):
    site.store.commit([publish(record("Project", "project", countries_stated=["LV"]))], "editor")
    before = rows(site, "change"), rows(site, "head")[0][:4], stored_documents(site.store)
    assert of_other_settings(site.store, languages=("lv", "en", "de")).rebuild()["document"] == 1
    assert stored_documents(site.store) != before[2]
    assert (rows(site, "change"), rows(site, "head")[0][:4]) == before[:2]


@pytest.mark.parametrize(
    ("term", "expected"), [("acronym", [("Project", "with-acronym")]), ("nuts", []), (None, [])]
)
def test_a_term_with_another_iri_changes_the_triples_of_the_records_that_have_it(site, term, expected):
    projects = record("Project", "with-acronym", acronym="P"), record("Project", "without", acronym=None)
    site.store.commit([publish(project) for project in projects], "editor")
    documents, table = stored_documents(site.store), site.store.tables.jsonld_context
    with site.store.database.writing() as connection:
        context = json.loads(connection.scalar(select(table.c.body)))
        if term:
            definition = context[term]
            context[term] = (
                "http://example.org/term"
                if isinstance(definition, str)
                else definition | {"@id": "http://example.org/term"}
            )
        connection.execute(update(table).values(body=json.dumps(context)))
        connection.execute(update(site.store.tables.head).values(fingerprint="another"))
    site.store.rebuild()
    assert rerendered(site) == expected
    assert stored_documents(site.store) == documents
    for path in ("/projects?sort=title", "/projects/with-acronym"):
        assert site.get(path).status_code == 200
    site.store.rebuild()
    assert rerendered(site) == expected


DAMAGED_CONTEXTS = {"no JSON": "{", "no object": "[]", "no IRI": '{"acronym": {"@type": "@id"}}'}


@pytest.mark.parametrize("damage", ["no row", "no document", *DAMAGED_CONTEXTS])
def test_a_rebuild_without_a_sound_context_or_document_reports_no_other_triples(edited, damage):
    tables = edited.store.tables
    with edited.store.database.writing() as connection:
        connection.execute(
            {
                "no row": tables.jsonld_context.delete(),
                "no document": update(tables.document).values(body=b"[]"),
                **{
                    name: update(tables.jsonld_context).values(body=body)
                    for name, body in DAMAGED_CONTEXTS.items()
                },
            }[damage]
        )
    with edited.store.database.reading() as connection:
        differences = edited.store.differences_on(connection)
    assert differences.keys() == {"document" if damage == "no document" else "jsonld_context"}
    assert edited.store.rebuild() == differences
    assert not rerendered(edited)
    assert len(rows(edited, "jsonld_context")) == 1
    assert not edited.store.rebuild()


def test_the_context_of_another_version_is_no_damage(edited):
    table = edited.store.tables.jsonld_context
    with edited.store.database.writing() as connection:
        connection.execute(update(table).values(body="{}"))
        connection.execute(update(edited.store.tables.head).values(fingerprint="another"))
    with edited.store.database.reading() as connection:
        assert not edited.store.differences_on(connection)
    assert not edited.store.rebuild()
    assert rows(edited, "jsonld_context")[0][1] != "{}"


def test_later_actions_follow_a_rerender_and_the_doctor_finds_nothing(edited):
    other = of_other_settings(edited.store, licence="https://example.org/licence")
    other.rebuild()
    modified = other.clock().isoformat()
    other.commit([unpublish(("Grant", "grant"), reason="Why")], "editor")
    other.commit([publish(record("Grant", "grant", projects=["project"]))], "editor")
    assert not other.rebuild()
    assert edited.json("/grants/grant")["record"]["modified"] > modified[:19]
    assert {result.status for result in run_checks(replace(other, clock=utc_now))} <= {
        CheckStatus.OK,
        CheckStatus.NOTE,
    }


def test_a_restored_backup_keeps_the_changes_of_rebuilds_and_adds_none(edited, databases, tmp_path):
    other = of_other_settings(edited.store, licence="https://example.org/licence")
    other.rebuild()
    back_up(other, tmp_path / "log.gz")
    kind = {"sqlite": "postgresql", "postgresql": "sqlite"}[edited.kind]
    with site_on(databases.make(kind)) as restored:
        restore(of_other_settings(restored.store, licence="https://example.org/licence"), tmp_path / "log.gz")
        assert rows(restored, "change") == rows(edited, "change")
        assert stored_documents(restored.store) == stored_documents(edited.store)
        assert rows(restored, "head")[0][1:4] == rows(edited, "head")[0][1:4]
        assert not of_other_settings(restored.store, licence="https://example.org/licence").rebuild()


def test_triples_of_documents_are_those_of_json_ld(network):
    context = jsonld_context(MODEL, Uris(BASE))
    triples = DocumentTriples(context)
    for document in [*stored_documents(network.store).values()][::7]:
        node = json.loads(document)
        body = json.dumps({"@context": context, **node}).encode()
        expected = {
            (quad.subject.value, quad.predicate.value, quad.object.value)
            for quad in pyoxigraph.parse(body, pyoxigraph.RdfFormat.JSON_LD)
        }
        assert {_as_quad(*triple) for triple in triples(node)} == expected


def _as_quad(subject: str, predicate: str, triple_object) -> tuple[str, str, str]:
    """Return a triple without datatypes, with values as RDF writes them."""
    if predicate == "@type":
        predicate = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
    value = triple_object[1] if isinstance(triple_object, tuple) else triple_object
    return subject, predicate, json.dumps(value) if isinstance(value, bool) else str(value)


def test_no_revision_has_the_action_of_a_rebuild():
    assert "rerender" not in [*Action]
