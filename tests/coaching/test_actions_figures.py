import datetime
import json

import pytest

from accounts.errors import NotYours
from accounts.models import Role
from audit.models import Event
from coaching import actions, selectors
from coaching.errors import NotPossibleNow, TooCloseToEarlier, TooFewPeople
from coaching.models import EndingKind, FigurePerson, PublishedFigure
from enquiries.models import Scope
from tests.factories.accounts import MembershipFactory, PartnerFactory, colleague
from tests.factories.coaching import (
    AssetDefinitionFactory,
    AssetSurveyFactory,
    RelationshipFactory,
    SessionFactory,
    WellbeingFactory,
    coach_at,
    people_with_pairs,
)
from tests.factories.enquiries import ContributorFactory, EnquiryFactory, LinkFactory
from tests.sweeping import withdraw_and_sweep

pytestmark = pytest.mark.django_db


@pytest.fixture
def partner():
    return PartnerFactory()


@pytest.fixture
def researcher(partner):
    return colleague(partner)


@pytest.fixture
def enquiry(partner):
    return EnquiryFactory(partner=partner)


def met_people(partner, n):
    coach = coach_at(partner)
    return [
        SessionFactory(relationship=RelationshipFactory(partner=partner, coach=coach)).relationship.person
        for _each in range(n)
    ]


def freeze(partner, by, metric="people_reached", enquiry=None, **more):
    return actions.freeze_figure(metric=metric, enquiry=enquiry, partner=partner, by=by, title="", **more)


def cells(figure):
    return {row["label"]: row["values"] for row in figure.safe["rows"]}


def test_people_reached_counts_people_once_and_rounds(partner, researcher):
    people = met_people(partner, 12)
    for relationship in people[0].coaching_relationships.all():
        SessionFactory(relationship=relationship)
        SessionFactory(relationship=RelationshipFactory(partner=partner), missed=True)
    figure = freeze(partner, researcher)
    assert cells(figure) == {"Met at least once": ["10"]}
    assert FigurePerson.objects.filter(figure=figure).count() == 12


def test_people_reached_looks_at_its_time_alone(partner, researcher):
    met_people(partner, 12)
    for session in list(SessionFactory._meta.model.objects.all())[:2]:
        session.held_on = datetime.date(2025, 12, 1)
        session.save()
    with pytest.raises(TooFewPeople):
        freeze(partner, researcher, period_start=datetime.date(2025, 12, 1))
    freeze(partner, researcher, period_end=datetime.date(2025, 11, 30))


def test_a_figure_of_nine_is_refused(partner, researcher):
    met_people(partner, 9)
    with pytest.raises(TooFewPeople, match="fewer than 10"):
        freeze(partner, researcher)
    assert not PublishedFigure.objects.exists()


def test_another_partners_people_are_not_counted(partner, researcher):
    met_people(partner, 9)
    met_people(PartnerFactory(), 20)
    with pytest.raises(TooFewPeople):
        freeze(partner, researcher)


def test_a_figure_of_nearly_the_same_people_is_refused(partner, researcher):
    met_people(partner, 20)
    freeze(partner, researcher)
    freeze(partner, researcher)
    met_people(partner, 9)
    with pytest.raises(TooCloseToEarlier):
        freeze(partner, researcher)
    met_people(partner, 1)
    freeze(partner, researcher)


def test_only_those_who_may_freeze(partner):
    met_people(partner, 12)
    for role in (Role.COACH, Role.EDITOR, Role.DATA_GUARDIAN):
        with pytest.raises(NotYours):
            freeze(partner, colleague(partner, role))
    with pytest.raises(NotYours):
        freeze(partner, colleague(PartnerFactory()))
    freeze(partner, colleague(partner, Role.PARTNER_LEAD))


@pytest.mark.parametrize(
    "wrong",
    [
        {"metric": "completion_rate"},
        {"only_linked": True},
        {"period_start": datetime.date(2025, 2, 1), "period_end": datetime.date(2025, 1, 1)},
    ],
)
def test_requests_that_make_no_sense_are_refused(partner, researcher, wrong):
    with pytest.raises(NotPossibleNow):
        freeze(partner, researcher, **wrong)


def test_a_partner_outside_the_enquiry_is_refused(partner, enquiry):
    other = PartnerFactory()
    of_both = colleague(other)
    MembershipFactory(user=of_both, partner=enquiry.partner)
    with pytest.raises(NotPossibleNow):
        freeze(other, of_both, enquiry=enquiry)


def test_a_role_at_one_partner_freezes_nothing_for_the_enquiry_of_another(partner, enquiry):
    other = PartnerFactory()
    enquiry.with_partners.add(other, through_defaults={"partner": enquiry.partner})
    with pytest.raises(NotYours):
        freeze(other, colleague(other), enquiry=enquiry)
    with pytest.raises(NotYours):
        freeze(partner, colleague(partner, Role.PARTNER_LEAD), enquiry=enquiry, only_linked=True)


def test_wellbeing_change_shows_rises_and_falls_alike(partner, researcher):
    people_with_pairs(partner, [(3, 4)] * 16 + [(3, 3)] * 11 + [(4, 3)] * 13)
    figure = freeze(partner, researcher, metric="wellbeing_change")
    rows = [(row["label"], row["values"], row["series"]) for row in figure.safe["rows"]]
    assert rows == [
        ("Rose", ["15", "38%"], "main"),
        ("Rose by 1.03 or more", ["15", "38%"], "within"),
        ("Rose by 2.87 or more", ["15", "38%"], "within"),
        ("Stayed the same", ["10", "25%"], "main"),
        ("Fell", ["15", "38%"], "main"),
        ("Fell by 1.03 or more", ["15", "38%"], "within"),
        ("Fell by 2.87 or more", ["15", "38%"], "within"),
    ]
    assert "40 people with two scores" in figure.safe["base_text"]
    assert "The interval includes 0" in figure.safe["notes"][0]
    assert "We cannot say why scores changed" in figure.safe["caption"]
    assert figure.safe["copyright"].startswith("SWEMWBS ©")
    assert "caused" not in figure.safe["caption"]


def test_wellbeing_change_says_significant_only_when_the_interval_excludes_zero(partner, researcher):
    people_with_pairs(partner, [(3, 4)] * 28 + [(4, 3)] * 2)
    figure = freeze(partner, researcher, metric="wellbeing_change")
    assert "statistically significant" in figure.safe["notes"][0]
    assert cells(figure)["Fell"] == ["fewer than 10", "fewer than 10"]


def test_wellbeing_change_gives_no_average_under_thirty_pairs(partner, researcher):
    people_with_pairs(partner, [(3, 4)] * 29)
    caption = freeze(partner, researcher, metric="wellbeing_change").safe["caption"]
    assert "On average" not in caption
    assert "Fewer than 30" in caption


def test_wellbeing_change_leaves_out_incomplete_and_unpaired_but_counts_them(partner, researcher):
    people_with_pairs(partner, [(3, 4)] * 12)
    for _each in range(11):
        relationship = RelationshipFactory(partner=partner)
        WellbeingFactory(person=relationship.person, completed_on=datetime.date(2025, 1, 10))
    caption = freeze(partner, researcher, metric="wellbeing_change").safe["caption"]
    assert "Others without two scores: 10." in caption


def test_the_long_form_is_compared_on_metric(partner, researcher):
    for person in people_with_pairs(partner, [(3, 3)] * 10):
        person.wellbeing_responses.update(instrument="wemwbs", raw=42)
    figure = freeze(partner, researcher, metric="wellbeing_change")
    assert cells(figure)["Stayed the same"] == ["10", "not shown"]


def test_endings_are_counted_by_kind_and_hidden_ones_are_not_ranked(partner, researcher):
    for kind, n in ((EndingKind.PLANNED, 13), (EndingKind.UNMANAGED, 9), (EndingKind.TOO_SOON, 1)):
        for _each in range(n):
            RelationshipFactory(partner=partner, ended=True, ending=kind)
    figure = freeze(partner, researcher, metric="endings")
    labels = [row["label"] for row in figure.safe["rows"]]
    assert labels[0] == "Planned together"
    assert labels[1:] == [str(kind.label) for kind in EndingKind if kind != EndingKind.PLANNED]
    assert cells(figure)["Planned together"] == ["15"]
    assert {values[0] for label, values in cells(figure).items() if label != "Planned together"} == {
        "fewer than 10"
    }


def test_sessions_per_person_gives_no_lowest_or_highest(partner, researcher):
    people = met_people(partner, 40)
    for person in people[:20]:
        for _each in range(3):
            SessionFactory(relationship=person.coaching_relationships.get())
    figure = freeze(partner, researcher, metric="sessions_per_person")
    assert cells(figure) == {
        "Average": ["2.5"],
        "A quarter had at most": ["1.0"],
        "Half had at most": ["2.5"],
        "A quarter had at least": ["4.0"],
    }
    assert "about 100 hours" in figure.safe["caption"]


def test_quartiles_are_hidden_below_forty_people(partner, researcher):
    met_people(partner, 39)
    found = cells(freeze(partner, researcher, metric="sessions_per_person"))
    assert found["A quarter had at most"] == ["not shown"]
    assert found["Average"] == ["1.0"]


def test_asset_change_compares_within_one_version(partner, researcher):
    first, second = (
        AssetDefinitionFactory(partner=partner),
        AssetDefinitionFactory(partner=partner, version=2),
    )
    for n in range(32):
        relationship = RelationshipFactory(partner=partner)
        for definition, answer, month in ((first, 3, 1), (first if n < 30 else second, 4, 6)):
            AssetSurveyFactory(
                person=relationship.person,
                definition=definition,
                answer=answer,
                completed_on=datetime.date(2025, month, 10),
            )
    figure = freeze(partner, researcher, metric="asset_change")
    assert "30 people with two totals" in figure.safe["base_text"]
    assert "version 1" in figure.safe["base_text"]
    assert "+15.0 points" in figure.safe["caption"]
    assert "+50.0%" in figure.safe["caption"]


def linked(enquiry, people, *, agreed=True):
    contributors = []
    for person in people:
        contributor = ContributorFactory(enquiry=enquiry, agreed=agreed)
        LinkFactory(contributor=contributor, person=person)
        contributors.append(contributor)
    return contributors


def test_only_linked_counts_those_who_allow_it_now(partner, researcher, enquiry):
    people = met_people(partner, 24)
    contributors = linked(enquiry, people[:13])
    linked(enquiry, people[13:14], agreed=False)
    withdraw_and_sweep(contributor=contributors[0], scope=Scope.LINK_COACHING, by=researcher)
    figure = freeze(partner, researcher, enquiry=enquiry, only_linked=True)
    assert FigurePerson.objects.filter(figure=figure).count() == 12
    assert "agreed to be counted" in figure.safe["caption"]


def test_taking_the_link_back_makes_an_unpublished_figure_anew(partner, researcher, enquiry):
    people = met_people(partner, 13)
    contributors = linked(enquiry, people)
    figure = freeze(partner, researcher, enquiry=enquiry, only_linked=True)
    assert cells(figure) == {"Met at least once": ["15"]}
    done = withdraw_and_sweep(contributor=contributors[0], scope=Scope.LINK_COACHING, by=researcher)
    figure.refresh_from_db()
    assert cells(figure) == {"Met at least once": ["10"]}
    assert people[0].pk not in FigurePerson.objects.filter(figure=figure).values_list("person_id", flat=True)
    assert done.counts()["coaching.figures.figures_remade"] == 1
    assert people[0].coaching_relationships.exists()


def test_taking_the_link_back_empties_a_figure_that_gets_too_small(partner, researcher, enquiry):
    contributors = linked(enquiry, met_people(partner, 10))
    figure = freeze(partner, researcher, enquiry=enquiry, only_linked=True)
    withdraw_and_sweep(contributor=contributors[0], scope=Scope.TAKE_PART, by=researcher)
    figure.refresh_from_db()
    assert figure.withdrawn_at is not None
    assert figure.safe == {}
    assert not FigurePerson.objects.filter(figure=figure).exists()
    assert selectors.figures_for_pages([figure.pk]) == {}


def test_a_published_figure_stays_but_forgets_who_it_counted(partner, researcher, enquiry):
    people = met_people(partner, 12)
    contributors = linked(enquiry, people)
    published = freeze(partner, researcher, enquiry=enquiry, only_linked=True)
    assert actions.mark_published(figure_ids=[published.pk], by=researcher) == 1
    assert actions.mark_published(figure_ids=[published.pk], by=researcher) == 0
    unpublished = freeze(partner, researcher, enquiry=enquiry, only_linked=True)
    before = published.safe
    withdraw_and_sweep(contributor=contributors[0], scope=Scope.LINK_COACHING, by=researcher)
    published.refresh_from_db()
    unpublished.refresh_from_db()
    assert published.safe == before
    assert not FigurePerson.objects.filter(figure=published, person=people[0]).exists()
    # Made anew it would be the published one less one person.
    assert unpublished.withdrawn_at is not None


def test_a_partnership_figure_does_not_depend_on_any_scope(partner, researcher, enquiry):
    contributors = linked(enquiry, met_people(partner, 12))
    figure = freeze(partner, researcher, enquiry=enquiry)
    withdraw_and_sweep(contributor=contributors[0], scope=Scope.TAKE_PART, by=researcher)
    assert FigurePerson.objects.filter(figure=figure).count() == 12


def test_what_is_stored_and_recorded_names_nobody(partner, researcher, enquiry):
    people = met_people(partner, 12)
    figure = freeze(partner, researcher, enquiry=enquiry)
    stored = json.dumps(figure.safe) + json.dumps(list(Event.objects.values_list("detail", flat=True)))
    assert not any(person.called in stored for person in people)


def test_figures_for_pages_asks_once_for_any_number(partner, researcher, enquiry, django_assert_num_queries):
    met_people(partner, 12)
    ids = [freeze(partner, researcher).pk for _each in range(3)]
    with django_assert_num_queries(1):
        found = selectors.figures_for_pages([*ids, 0])
    assert set(found) == set(ids)
    assert found[ids[0]].heading == "People met at least once"
    assert selectors.figures_for_pages([]) == {}
