"""What records are indexed by: index entries, sort keys, full-text documents, tokens."""
