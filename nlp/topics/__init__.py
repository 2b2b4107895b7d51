"""Groups of passages offered by a topic model, for people to judge."""

from nlp.topics.errors import PassagesUnreadable, TooFewPassages, TopicError
from nlp.topics.runs import DENSITY_FROM, MIN_PASSAGES, corpus_hash, run_topics
from nlp.topics.types import Passage, Topic, TopicRunFacts, TopicRunResult

__all__ = [
    "DENSITY_FROM",
    "MIN_PASSAGES",
    "Passage",
    "PassagesUnreadable",
    "TooFewPassages",
    "Topic",
    "TopicError",
    "TopicRunFacts",
    "TopicRunResult",
    "corpus_hash",
    "run_topics",
]
