"""Tests of formats: their equivalence, and each for itself."""
