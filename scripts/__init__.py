"""What the Makefile runs. Standard library only: these run before any package is installed."""
