"""Migrations, backups, health checks."""
