"""The entities of the network, their parts and derivations, and the system types."""
