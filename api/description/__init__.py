"""What describes the service: its OpenAPI document, and a page that shows it."""
