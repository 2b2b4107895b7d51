"""The demo partnership: fictional input, and the commands that turn it into a working example."""
