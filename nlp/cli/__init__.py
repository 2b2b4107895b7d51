"""`python -m nlp`: the same steps on files alone."""
