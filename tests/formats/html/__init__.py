"""Tests of HTML pages."""
