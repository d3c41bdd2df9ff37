"""The bench: `make bench` measures the goals of speed, each as a ratio of two sides of one run."""
