import pytest

from accounts.errors import NotYours
from accounts.models import Role
from audit.models import Event
from coaching import actions, selectors
from coaching.errors import NotPossibleNow
from coaching.models import JointDisplay, Relation
from enquiries.errors import ConsentMissing
from enquiries.models import Scope
from tests.coaching.words import agreed_quote, theme
from tests.factories.accounts import PartnerFactory, colleague
from tests.factories.coaching import RelationshipFactory, SessionFactory
from tests.factories.enquiries import ContributorFactory, EnquiryFactory, LinkFactory, take_back
from tests.sweeping import withdraw_and_sweep
from themes.models import QuoteState
from themes.states import SHOWABLE

pytestmark = pytest.mark.django_db


@pytest.fixture
def enquiry():
    return EnquiryFactory()


@pytest.fixture
def researcher(enquiry):
    return colleague(enquiry.partner)


@pytest.fixture
def people(enquiry):
    """Twelve people coached by the partner, each met, who took part and agreed to everything."""
    found = []
    for _each in range(12):
        session = SessionFactory(relationship=RelationshipFactory(partner=enquiry.partner))
        contributor = ContributorFactory(enquiry=enquiry, agreed=True)
        LinkFactory(contributor=contributor, person=session.relationship.person)
        found.append(contributor)
    return found


@pytest.fixture
def freeze(enquiry, researcher, people):
    def freeze(**more):
        return actions.freeze_figure(
            metric="people_reached",
            enquiry=enquiry,
            partner=enquiry.partner,
            by=researcher,
            title="Met at least once",
            **more,
        )

    return freeze


@pytest.fixture
def make(enquiry, researcher):
    def make(**more):
        said = {
            "topic": "Telling it again",
            "heard": "Most people said that they had to start again.",
            "reading": "Both point the same way.",
            "relation": Relation.CONFIRMS,
            "quotes": [],
            "by": researcher,
        }
        return actions.make_joint_display(enquiry=enquiry, **{**said, **more})

    return make


def test_joint_display_holds_theme_figure_and_quotes_by_id(enquiry, freeze, make):
    figure, quote = freeze(only_linked=True), agreed_quote(enquiry)
    row = make(theme=theme(enquiry), figure=figure, quotes=[quote])
    shown = selectors.joint_displays_for_pages([row.pk])[row.pk]
    assert shown.quote_ids == (quote.pk,)
    assert shown.relation_label == "The count agrees with what we heard"
    assert shown.figure is not None
    assert shown.figure.id == figure.pk
    said = Event.objects.get(action="joint_display.made").detail
    assert said["quotes"] == [quote.pk]
    assert quote.text not in str(said)


@pytest.mark.parametrize("relation", Relation.values)
@pytest.mark.parametrize("has_figure", [True, False])
def test_silent_goes_with_no_figure_and_the_others_with_one(enquiry, freeze, make, relation, has_figure):
    figure = freeze() if has_figure else None
    if (relation == Relation.SILENT) != has_figure:
        make(theme=theme(enquiry), figure=figure, relation=relation)
    else:
        with pytest.raises(NotPossibleNow):
            make(theme=theme(enquiry), figure=figure, relation=relation)


def test_what_belongs_elsewhere_is_refused(enquiry, researcher, freeze, make):
    other = EnquiryFactory(partner=enquiry.partner)
    figure = freeze()
    elsewhere = actions.freeze_figure(
        metric="people_reached", enquiry=other, partner=other.partner, by=researcher, title=""
    )
    for wrong in (
        {"theme": theme(other)},
        {"quotes": [agreed_quote(other)]},
        {"figure": elsewhere},
        {"figure": None, "relation": Relation.CONFIRMS},
        {"topic": " "},
        {"heard": ""},
        {"reading": ""},
        {"relation": "proves"},
    ):
        with pytest.raises(NotPossibleNow):
            make(**{"theme": theme(enquiry), "figure": figure, **wrong})
    assert not JointDisplay.objects.exists()


@pytest.mark.parametrize("state", [each for each in QuoteState.values if each != QuoteState.WITHDRAWN])
def test_only_agreed_quotes_are_used(enquiry, freeze, make, state):
    quote, figure = agreed_quote(enquiry, state), freeze()
    if state in SHOWABLE:
        make(theme=theme(enquiry), figure=figure, quotes=[quote])
    else:
        with pytest.raises(NotPossibleNow):
            make(theme=theme(enquiry), figure=figure, quotes=[quote])


def test_a_quote_taken_back_is_refused_by_its_scope(enquiry, freeze, make):
    quote, figure = agreed_quote(enquiry), freeze()
    take_back(quote.contributor, Scope.QUOTE_WORDS)
    with pytest.raises(ConsentMissing, match="quote_words"):
        make(theme=theme(enquiry), figure=figure, quotes=[quote])


def test_a_linked_figure_is_used_only_while_everybody_in_it_allows_it(enquiry, freeze, make, people):
    figure = freeze(only_linked=True)
    # The ledger alone, without the handlers: the gate is asked at the point of use.
    take_back(people[0], Scope.LINK_COACHING)
    with pytest.raises(NotPossibleNow, match="no longer agrees"):
        make(theme=theme(enquiry), figure=figure)


def test_a_partnership_figure_may_stand_beside_and_names_its_base(enquiry, freeze, make, people):
    figure = freeze()
    for person in people:
        take_back(person, Scope.LINK_COACHING)
    make(theme=theme(enquiry), figure=figure)
    assert f"everyone coached at {enquiry.partner}" in figure.safe["caption"]


def test_taking_quotes_back_takes_them_out_of_joint_displays(enquiry, researcher, freeze, make):
    quote = agreed_quote(enquiry)
    row = make(theme=theme(enquiry), figure=freeze(), quotes=[quote])
    done = withdraw_and_sweep(contributor=quote.contributor, scope=Scope.QUOTE_WORDS, by=researcher)
    assert done.counts()["coaching.displays.joint_display_quotes"] == 1
    assert selectors.joint_displays_for_pages([row.pk])[row.pk].quote_ids == ()


def test_a_joint_display_of_an_emptied_figure_is_not_shown(enquiry, researcher, freeze, make, people):
    row = make(theme=theme(enquiry), figure=freeze(only_linked=True))
    for person in people[:3]:
        withdraw_and_sweep(contributor=person, scope=Scope.LINK_COACHING, by=researcher)
    assert selectors.joint_displays_for_pages([row.pk]) == {}
    row.figure.refresh_from_db()
    with pytest.raises(NotPossibleNow):
        make(theme=theme(enquiry), figure=row.figure)


def test_only_the_enquirys_team_makes_and_removes(enquiry, freeze, make, researcher):
    figure, row = freeze(), make(theme=theme(enquiry), figure=None, relation=Relation.SILENT)
    for stranger in (
        colleague(enquiry.partner, Role.COACH, Role.EDITOR, Role.PARTNER_LEAD),
        colleague(PartnerFactory()),
    ):
        with pytest.raises(NotYours):
            make(theme=theme(enquiry), figure=figure, by=stranger)
        with pytest.raises(NotYours):
            actions.remove_joint_display(row=row, by=stranger)
    actions.remove_joint_display(row=row, by=researcher)
    assert not JointDisplay.objects.exists()


def test_joint_displays_for_pages_asks_twice_for_any_number(enquiry, freeze, make, django_assert_num_queries):
    figure = freeze()
    ids = [make(theme=theme(enquiry), figure=figure, quotes=[agreed_quote(enquiry)]).pk for _each in range(3)]
    with django_assert_num_queries(2):
        assert set(selectors.joint_displays_for_pages(ids)) == set(ids)
