"""Tests of the health of installations: `doctor`, and damaged databases."""
