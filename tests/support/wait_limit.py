"""The seconds that tests wait for an event: many, as no verdict depends on how busy the machine is.

Tests whose subject is a time limit set a short one themselves, and accept that it may pass early.
"""

PATIENCE = 600
"""Seconds to wait for an event before a test fails. Only a test that fails waits that long."""
