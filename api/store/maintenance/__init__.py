"""Maintenance: migrations, backups and health checks."""
