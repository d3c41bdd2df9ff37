"""RDF serializations of documents, and the JSON-LD context."""
