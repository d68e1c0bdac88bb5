"""The simulated exchange in a process of its own: it lives on when a desk dies."""
