"""Making sense: the code list, the computer's patterns and what people decide, tags, themes, quotes."""

from typing import Any

from themes.actions import codebook, meaning, proposals, quotes, runs, suggestions, tagging
from themes.models import (
    Code,
    Codebook,
    Quote,
    QuoteState,
    Suggestion,
    TagDecision,
    Theme,
    TopicProposal,
    TopicRun,
)
from transcripts.models import Segment
from transcripts.selectors import segments_for_analysis
from wisdoms.demo import corpus
from wisdoms.demo.world import World, run_jobs

# Groups and offers left for a newcomer to judge.
GROUPS_LEFT = 4
OFFERS_ANSWERED = 20
# The second wave and the notes are still to be read.
READ_BY_BOTH = range(1, 17)


def look_for_patterns(world: World) -> None:
    """A code list, and one real run of the topic model."""
    asha = world.users["asha"]
    if not Codebook.objects.filter(enquiry=world.asked).exists():
        codebook.start_codebook(enquiry=world.asked, by=asha)
    if not TopicRun.objects.filter(enquiry=world.asked, finished_at__isnull=False).exists():
        runs.request_topic_run(enquiry=world.asked, by=asha)
        run_jobs()


def judge_patterns(world: World) -> None:
    """Asha and Tom decide about most groups by the words the computer gave them, each with a reason."""
    rules = corpus.read_decisions()["proposals"]
    run = TopicRun.objects.filter(enquiry=world.asked).order_by("-number").first()
    if run is None or TopicProposal.objects.filter(run=run, decisions__isnull=False).exists():
        return
    groups = list(run.proposals.order_by("number"))
    decided: list[TopicProposal] = []
    for place, group in enumerate(groups[:-GROUPS_LEFT]):
        words = {word for word, _weight in group.words}
        rule = next(each for each in rules if not each["any_of"] or words & set(each["any_of"]))
        _decide(world, group, rule, decided, by="asha" if place % 2 else "tom")
        decided.append(group)


def _decide(
    world: World, group: TopicProposal, rule: dict[str, Any], earlier: list[TopicProposal], by: str
) -> None:
    action = rule["action"]
    details: dict[str, Any] = {}
    home = next((each for each in earlier if _name_of(each) == rule["name"]), None)
    if action == "merged" and home is not None:
        details["merged_into"] = home
    elif action == "split":
        members = list(group.assignments.order_by("segment_id").values_list("segment_id", flat=True))
        first, _, second = rule["name"].partition("; ")
        half = len(members) // 2
        details["parts"] = [
            {"name": first, "segment_ids": members[:half]},
            {"name": second.capitalize(), "segment_ids": members[half:]},
        ]
    elif action == "merged":
        # The group it says the same as was not found in this run.
        action, rule = "renamed", rule | {"action": "renamed"}
    if action in ("accepted", "renamed"):
        details["name"] = rule["name"]
    proposals.decide_proposal(
        proposal=group, action=action, reason=rule["reason"], by=world.users[by], **details
    )


def _name_of(group: TopicProposal) -> str:
    last = group.decisions.order_by("-pk").first()
    return last.name if last else ""


def tag(world: World) -> None:
    """What two readers tag, then some answers to what the computer offers beside it."""
    if TagDecision.objects.filter(segment__conversation__enquiry=world.asked).exists():
        return
    codes = {code.slug: code for code in Code.objects.filter(codebook__enquiry=world.asked)}
    passages = list(segments_for_analysis(world.asked).select_related("conversation"))
    missed = 0
    for row in corpus.read_decisions()["tags"]:
        place = _find(passages, row["conversation"], row["words"])
        if place is None:
            missed += 1
            continue
        segment, start, end = place
        tagging.tag(
            segment=segment,
            code=codes[row["code"]],
            by=world.users[row["by"]],
            start=start,
            end=end,
            reason=row.get("memo", ""),
        )
    if missed:
        world.say(
            f"{missed} stretches of the script lie across two passages, or were not read; they have no tag."
        )
    for conversation in {segment.conversation for segment in passages}:
        if conversation.number in READ_BY_BOTH:
            tagging.finish_reading(conversation=conversation, by=world.users["asha"])
            tagging.finish_reading(conversation=conversation, by=world.users["tom"])
    suggestions.request_suggestions(enquiry=world.asked, by=world.users["asha"])
    run_jobs()
    offers = Suggestion.objects.filter(segment__conversation__enquiry=world.asked, decisions=None).order_by(
        "-score"
    )
    for place_, offer in enumerate(offers[:OFFERS_ANSWERED]):
        is_near = offer.score >= 0.5 and place_ % 5 != 4
        suggestions.answer_suggestion(
            suggestion=offer,
            accept=is_near,
            by=world.users["tom"],
            reason="" if is_near else "Near in its words, not in what is meant.",
        )


def _find(passages: list[Segment], conversation: int, words: str) -> tuple[Segment, int, int] | None:
    for segment in passages:
        if segment.conversation.number == conversation:
            start = segment.text.find(words)
            if start >= 0:
                return segment, start, start + len(words)
    return None


def write_themes(world: World) -> dict[str, Theme]:
    """Themes, by slug, each written over codes."""
    codes = {code.slug: code for code in Code.objects.filter(codebook__enquiry=world.asked)}
    known = {theme.slug: theme for theme in Theme.objects.filter(enquiry=world.asked)}
    by_title = {theme.title: theme for theme in known.values()}
    found = {}
    for row in corpus.read_decisions()["themes"]:
        found[row["slug"]] = by_title.get(row["title"]) or meaning.make_theme(
            enquiry=world.asked,
            title=row["title"],
            statement=row["statement"],
            codes=[codes[slug] for slug in row["codes"]],
            by=world.users["asha"],
        )
    return found


def agree_quotes(world: World, themes: dict[str, Theme]) -> dict[str, Quote]:
    """Quotes by their key in the script: chosen, heard, names checked, offered, answered by their speaker."""
    passages = list(segments_for_analysis(world.asked).select_related("conversation"))
    known = {(q.segment_id, q.text): q for q in Quote.objects.filter(enquiry=world.asked)}
    found: dict[str, Quote] = {}
    for row in corpus.read_decisions()["quotes"]:
        place = _find(passages, row["conversation"], row["words"])
        if place is None:
            # One quote comes from the conversation that is left for a newcomer to check.
            if any(segment.conversation.number == row["conversation"] for segment in passages):
                world.say(f"The quote {row['key']} lies across two passages; it is left out.")
            continue
        segment, start, end = place
        quote = known.get((segment.pk, row["words"])) or quotes.select_quote(
            segment=segment, start=start, end=end, by=world.users["asha"], shown=_ours(row)
        )
        found[row["key"]] = _agree(world, row, quote)
        for slug in row.get("themes", []):
            meaning.put_quote_to_theme(theme=themes[slug], quote=found[row["key"]], by=world.users["asha"])
    return found


def _ours(row: dict[str, Any]) -> str | None:
    """What we show of the words. Where the speaker changed them, that comes with their answer, not before."""
    return None if row["answer"] == QuoteState.CHANGED else row.get("shown")


def _agree(world: World, row: dict[str, Any], quote: Quote) -> Quote:
    """Take a quote from wherever it is to its speaker's answer."""
    asha, tom = world.users["asha"], world.users["tom"]
    if quote.state == QuoteState.SELECTED:
        quote = quotes.mark_heard(quote=quote, by=asha)
    if quote.state == QuoteState.HEARD:
        quote = quotes.mark_pseudonymised(quote=quote, by=tom)
    if quote.state == QuoteState.PSEUDONYMISED:
        quote = quotes.offer(quote=quote, by=asha)
    if quote.state != QuoteState.OFFERED:
        return quote
    answer = QuoteState(row["answer"])
    return quotes.record_answer(
        quote=quote,
        answer=answer,
        by=asha,
        shown=row["shown"] if answer == QuoteState.CHANGED else "",
        note="Asked by phone.",
    )
