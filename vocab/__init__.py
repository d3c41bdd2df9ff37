"""The vocabulary: namespaces, the ontology, concept schemes, EU authority tables, and URIs."""
