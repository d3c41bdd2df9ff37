"""Tests: what the project promises. They mirror the rooms."""
