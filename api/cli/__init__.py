"""The command line, and the processes of the server."""
