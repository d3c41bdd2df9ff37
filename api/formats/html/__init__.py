"""HTML pages of documents, in the languages of the site."""
