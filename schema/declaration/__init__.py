"""The declaration language: annotations, datatypes, shapes, the entity base and the record graph."""
