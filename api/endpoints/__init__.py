"""The registry of endpoints: addresses that are no record, list or concept."""
