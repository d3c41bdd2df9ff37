"""Storage: the log of actions, publishing, the read model, and the readers and queries of the public API."""
