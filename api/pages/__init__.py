"""Pages for people: any document as HTML."""
