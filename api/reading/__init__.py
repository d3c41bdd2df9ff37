"""Public reading: every address that GET and HEAD answer, in every format."""
