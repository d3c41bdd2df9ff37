"""From public actions to entity tables and the read model."""
