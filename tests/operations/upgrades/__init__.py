"""Tests of upgrades to a version with other declarations, and of databases that lost their content."""
