"""Finding what in a text may say who someone is. A person decides on each find."""
