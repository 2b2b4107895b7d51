"""The demo partnership, built by running the real pipeline on made-up input. Each step may run again:
it looks at what is there and does what is missing, so a build that was stopped goes on from there."""

from collections.abc import Callable

from accounts import wall
from enquiries import actions as enquiry_actions
from enquiries.models import Contributor
from enquiries.sweep import sweep
from publishing.models import WisdomsReportPage
from wisdoms.demo import coached, corpus, own_page, people, report, sense, voices, words
from wisdoms.demo.world import World


def build(say: Callable[[str], None]) -> None:
    """Build what is missing; says what it does while it does it."""
    world = World(say)
    people.found_partners(world)
    with wall.acting_for(partners=[partner.pk for partner in world.partners.values()]):
        _build(world, say)


def _build(world: World, say: Callable[[str], None]) -> None:
    people.settle(world)
    if _is_built(world):
        say("The demo is built. Nothing to do.")
        return
    say("Bringing in the coaching record of 40 people ...")
    coached.bring_in(world)
    say("Setting down 24 conversations, each with what its speaker agreed to ...")
    conversations = voices.set_down(world)
    say("Bringing in sound and typed words ...")
    words.bring_in(world, conversations)
    say("Coaches’ notes ...")
    coached.write_notes(world)
    say("Checking, verifying, taking names out, signing off ...")
    words.go_through(world)
    say("Looking for patterns in the passages ...")
    sense.look_for_patterns(world)
    sense.judge_patterns(world)
    say("Reading and tagging ...")
    sense.tag(world)
    themes = sense.write_themes(world)
    say("Agreeing quotes with those who said them ...")
    quotes = sense.agree_quotes(world, themes)
    say("One person takes everything back ...")
    _take_back(world)
    own_page.give_a_card(world)
    say("Setting figures beside the words ...")
    displays = coached.set_beside(world, themes, quotes)
    coached.freeze_the_rest(world)
    say("Writing three Wisdoms, and asking the gate ...")
    report.prepare(world)
    report.publish(world, themes, quotes, displays)


def _is_built(world: World) -> bool:
    """Whether the last step was done: the report is live."""
    return WisdomsReportPage.objects.live().filter(enquiry=world.asked).exists()


def _who_take_back(world: World) -> list[tuple[Contributor, str]]:
    found = []
    for talk in corpus.read_conversations():
        withdrawn = talk.front.get("withdrawn")
        contributor = world.asked.contributors.filter(pseudonym=talk.front["pseudonym"]).first()
        if withdrawn and contributor is not None:
            found.append((contributor, withdrawn["scope"]))
    return found


def _take_back(world: World) -> None:
    for contributor, scope in _who_take_back(world):
        done = enquiry_actions.withdraw(contributor=contributor, scope=scope, by=world.users["mair"])
        sweep(done.pk)
