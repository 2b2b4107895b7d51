"""Pages of making sense. Each reads its input, calls one action or selector, and answers."""
