"""Random generators: records, networks, queries, requests and hostile text, reproducible by seed."""
