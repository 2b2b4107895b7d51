"""Groups of passages offered by a topic model, for people to judge."""
