"""Changes a person's own page makes, and those that colleagues make for it, by what they are about."""
