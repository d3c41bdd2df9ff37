"""Tests of backups: changes and damage, and the files themselves."""
