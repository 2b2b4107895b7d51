"""Those who speak: their consents wave by wave, and each conversation as it was set down."""

from enquiries import actions
from enquiries.models import ConsentMethod, Contributor, Conversation, Link, Person, Wave
from wisdoms.demo import corpus
from wisdoms.demo.corpus import DemoConversation
from wisdoms.demo.world import World, noon


def set_down(world: World) -> dict[int, Conversation]:
    """Every conversation of the corpus with its speaker and what they agreed to, by number."""
    waves = {wave.number: wave for wave in world.asked.waves.all()}
    known = {row.number: row for row in world.asked.conversations.all()}
    for talk in corpus.read_conversations():
        if talk.number not in known:
            known[talk.number] = _set_down(world, talk, waves[talk.front["wave"]])
    return known


def _set_down(world: World, talk: DemoConversation, wave: Wave) -> Conversation:
    by = world.users["asha"]
    contributor = Contributor.objects.filter(enquiry=world.asked, pseudonym=talk.front["pseudonym"]).first()
    if contributor is None:
        contributor = _voice(world, talk)
    actions.record_consent(
        contributor=contributor,
        wave=wave,
        decisions=talk.consents,
        by=by,
        method=ConsentMethod.WRITTEN,
        decided_at=noon(talk.held_on),
        copy_given=True,
    )
    return actions.add_conversation(
        enquiry=world.asked,
        wave=wave,
        contributors=[contributor],
        held_on=talk.held_on,
        by=by,
        kind=talk.front["kind"],
        number=talk.number,
        place_kind=talk.front["place_kind"],
        others_present=talk.front.get("others_present", ""),
        length_minutes=talk.front["length_minutes"],
        language=talk.front["language"],
        listener=world.users[talk.front["listener"]],
        limits_told=True,
    )


def _voice(world: World, talk: DemoConversation) -> Contributor:
    """A new voice: linked to the person their coach knows, to an account, or to a person known only here."""
    known = talk.front.get("known_names", [])
    facts = {name: talk.front[name] for name in ("pseudonym", "voice", "review_choice")}
    by = world.users["asha"]
    ref = corpus.read_links().get(talk.front["contributor"])
    person = Person.objects.filter(partner=world.lead, ref=ref).first() if ref else None
    if person is not None and not Link.objects.filter(person=person).exists():
        Person.objects.filter(pk=person.pk).update(
            other_names=talk.front.get("known_names", []), is_adult=True
        )
        person.refresh_from_db()
        return actions.add_contributor(enquiry=world.asked, by=by, person=person, **facts)
    first, *others = known or [talk.front["pseudonym"]]
    return actions.add_voice(
        enquiry=world.asked,
        by=by,
        identity={"called": first.split()[0], "full_name": first, "other_names": others, "is_adult": True},
        **facts,
    )
