"""The bench: `make bench` measures the goals of speed, each as a ratio taken in one run on one machine."""
