"""What words mean: namespaces, our ontology, concept schemes, and the EU's code lists."""
