"""How it is asked for: everything that touches the world, over HTTP, databases and the command line."""
