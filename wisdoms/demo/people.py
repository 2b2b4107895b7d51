"""The two partners, those who work there, and the enquiry they ask."""

from datetime import date

from accounts.models import Membership, Partner, User
from enquiries import actions
from enquiries.models import Enquiry
from wisdoms.demo import corpus
from wisdoms.demo.world import PASSWORD, World

QUESTION = "What has it been like, trying to find a home and keep it?"
FIRST_DAY = date(2025, 3, 10)
SECOND_WAVE = date(2026, 5, 11)

FORM = (
    "We ask one question and listen. You choose what happens with your words, one thing at a time. "
    "You can say no to any of it, and change your mind at any time. Until 30 November 2027 your words can be "
    "taken out of the report; copies on paper stay. From everything else they can be taken out always."
)


def found_partners(world: World) -> None:
    """The partners themselves: everything else is theirs, and is made behind the wall for them."""
    for row in corpus.read_people()["partners"]:
        world.partners[row["key"]] = Partner.objects.get_or_create(
            slug=row["key"], defaults={"name": row["name"], "place": row["place"]}
        )[0]


def settle(world: World) -> None:
    """Users with their roles, the enquiry with both waves."""
    for row in corpus.read_people()["users"]:
        user = User.objects.filter(email=row["email"]).first()
        if user is None:
            user = User.objects.create_user(row["email"], PASSWORD, name=row["name"])
        world.users[row["key"]] = user
        for role in row["roles"]:
            Membership.objects.get_or_create(
                user=user, partner=world.partners[role["partner"]], role=role["role"]
            )
    world.enquiry = Enquiry.objects.filter(partner=world.lead, question=QUESTION).first() or _frame(world)
    if world.enquiry.waves.count() < 2:
        actions.open_next_wave(enquiry=world.enquiry, opened_on=SECOND_WAVE, by=world.users["asha"])


def _frame(world: World) -> Enquiry:
    return actions.frame_enquiry(
        partner=world.lead,
        title="Eastmere: finding a home and keeping it",
        question=QUESTION,
        place="Eastmere",
        cut_off_on=date(2027, 11, 30),
        opened_on=FIRST_DAY,
        by=world.users["asha"],
        with_partners=[partner for key, partner in world.partners.items() if key != world.lead.slug],
        form_text=FORM,
        why="Two partners house and walk alongside people in Eastmere. They ask what gets in the way.",
        who_listens="Two coaches who do not work with the person they listen to.",
        how_invited="By word of mouth, a card in the library, and through people who had taken part.",
        said_no=7,
        lawful_basis="Legitimate interests, with a balancing test on file",
        special_category_condition="Explicit consent",
        impact_assessment_ref="EA-2025-03",
        retention="Sound for three months after the text is verified. Texts with names for two years.",
    )
