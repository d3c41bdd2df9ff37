"""The application: HTTP interface, store and command line."""
