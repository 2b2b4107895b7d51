"""From the samples of a recording to words with times, through one of several engines."""
