"""The OpenAPI document of an installation, and the page that shows it."""
