"""Tests of formats: equivalence, CSV, HTML pages."""
