"""JSON documents: records, cards and list items, static documents, localization, table columns."""
