"""Record the answers of an installation, and compare two records: the check of a refactoring."""
