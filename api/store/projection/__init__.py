"""The projection of public actions into entity tables and read model."""
