"""Django's PostgreSQL engine, which starts the embedded server when it is first needed."""
