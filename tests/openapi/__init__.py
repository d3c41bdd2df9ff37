"""Tests of the OpenAPI document and its page."""
