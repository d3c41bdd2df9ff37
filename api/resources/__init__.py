"""Resources that have several formats: records, collections, static documents; the router."""
