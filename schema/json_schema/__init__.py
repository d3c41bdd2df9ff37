"""JSON Schema of the records that are sent and of the responses that are served."""
