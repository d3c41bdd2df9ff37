"""Reading of HTML pages and of their forms."""
