"""Tests of the declaration, validation, full text, localization and RDF writers."""
