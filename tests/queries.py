"""How many queries the wall adds to a request in a test: a savepoint, what it is told, and the release.

Outside tests the savepoint is the transaction itself.
"""

OF_THE_WALL = 3
