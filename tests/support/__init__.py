"""What tests share: sites, databases, processes, parsers, generators, oracles."""
