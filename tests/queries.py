"""How many queries the wall adds to a request in a test: a savepoint and its release, and two settings.

Outside tests the first two are the transaction itself.
"""

OF_THE_WALL = 4
