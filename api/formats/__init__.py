"""The registry of formats, and a file or folder for each serializer."""
