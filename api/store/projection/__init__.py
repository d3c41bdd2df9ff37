"""The projection of public actions into the read model: documents, the record index and the words of searches."""
