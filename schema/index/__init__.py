"""Search structures of records: index entries, sort keys, full-text documents and the tokenizer."""
