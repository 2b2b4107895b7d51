"""The editor's pages: who gets in, what they may choose, and the gate's own page."""

import json

import pytest
from django.urls import reverse

from accounts.models import Membership, Role
from publishing import actions
from publishing.models import GateCheck, ReportToMend, SuitePage, WisdomPage
from tests.factories.accounts import PartnerFactory, colleague
from tests.factories.enquiries import EnquiryFactory, take_back
from tests.factories.publishing import World, full_wisdom, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(site: World) -> WisdomPage:
    return full_wisdom(site, site.report())


def test_editor_edits_own_shelf_and_second_reader_only_reads(client, site: World, page):
    edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
    client.force_login(site.editor)
    assert client.get(edit).status_code == 200
    client.force_login(site.second)
    assert client.get(edit).status_code == 404
    assert client.get(reverse("publishing_gate", args=[page.pk])).status_code == 200
    assert client.get(reverse("publishing_gate_read", args=[page.pk])).status_code == 200


@pytest.mark.parametrize("name", ["publishing_gate", "publishing_gate_read"])
def test_gate_of_another_partner_does_not_exist(client, site: World, page, name):
    client.force_login(colleague(PartnerFactory(), Role.EDITOR, Role.REVIEWER))
    assert client.get(reverse(name, args=[page.pk])).status_code == 404


@pytest.mark.parametrize(
    "name",
    ["publishing_gate_run", "publishing_gate_sign", "publishing_gate_keep_word", "publishing_gate_publish"],
)
def test_acts_at_the_gate_are_closed_to_strangers_and_to_coaches(client, site: World, page, name):
    address = reverse(name, args=[page.pk])
    for user in (colleague(PartnerFactory(), Role.EDITOR), colleague(site.partner, Role.COACH)):
        client.force_login(user)
        assert client.post(address, {"could_be_known": "no", "has_read": "yes"}).status_code == 404
    assert not GateCheck.objects.exists()
    assert not WisdomPage.objects.get(pk=page.pk).live


def test_editor_of_another_partner_cannot_edit(client, site: World, page):
    client.force_login(colleague(PartnerFactory(), Role.EDITOR))
    assert client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).status_code == 404
    listing = client.get(reverse("wagtailadmin_explore", args=[site.home.pk])).content.decode()
    assert site.shelf.title not in listing


def test_role_that_ends_closes_the_door(client, site: World):
    client.force_login(site.editor)
    assert client.get(reverse("wagtailadmin_home")).status_code == 200
    membership = Membership.objects.get(user=site.editor)
    membership.ended_at = membership.started_at
    membership.save()
    assert client.get(reverse("wagtailadmin_home")).status_code == 404


def test_wagtails_own_sign_in_leads_to_ours(client, db):
    response = client.get("/cms/login/?next=/cms/")
    assert response.status_code == 302
    assert response.url.startswith(reverse("account_login"))


def test_way_through_the_gate_by_hand(client, site: World, page):
    at = {
        name: reverse(f"publishing_gate{name}", args=[page.pk]) for name in ("", "_run", "_sign", "_publish")
    }
    client.force_login(site.editor)
    client.post(at["_publish"])
    assert not WisdomPage.objects.get(pk=page.pk).live
    client.post(at["_run"])
    assert "waits for a second person" in client.get(at[""]).content.decode()
    client.post(at["_sign"], {"has_read": "yes", "could_be_known": "no"})
    assert not GateCheck.objects.filter(signed_by__isnull=False).exists()
    client.force_login(site.second)
    assert page.title in client.get(reverse("publishing_to_sign")).content.decode()
    client.post(at["_sign"], {"could_be_known": "no"})
    assert not GateCheck.objects.filter(signed_by__isnull=False).exists()
    client.post(at["_sign"], {"has_read": "yes", "could_be_known": "no"})
    assert GateCheck.objects.get().signed_by == site.second
    assert page.title not in client.get(reverse("publishing_to_sign")).content.decode()
    client.force_login(site.editor)
    client.post(at["_publish"])
    assert WisdomPage.objects.get(pk=page.pk).live


def test_second_reader_may_sign_and_not_publish(client, site: World, page):
    site.pass_gate(page)
    client.force_login(site.second)
    client.post(reverse("publishing_gate_publish", args=[page.pk]))
    assert not WisdomPage.objects.get(pk=page.pk).live


def test_publish_button_of_the_form_stops_at_the_gate(client, site: World):
    report = site.report()
    client.force_login(site.editor)
    address = reverse("wagtailadmin_pages:add", args=["publishing", "wisdompage", report.pk])
    response = client.post(address, wisdom_form(title="A dog is family") | {"action-publish": "1"})
    print(response.context["form"].errors if response.context else response.url)
    made = WisdomPage.objects.get(title="A dog is family")
    assert response.url == reverse("publishing_gate", args=[made.pk])
    assert not made.live


def wisdom_form(**fields) -> dict[str, str]:
    empty = {f"{name}-count": "0" for name in ("heard", "counted", "done", "not_changed")}
    return {"title": "", "slug": "a-dog", "contents_title": "", "content_note": "", **empty, **fields}


def test_form_refuses_a_quote_of_another_enquiry(client, site: World):
    report = site.report()
    elsewhere = site.quote()
    elsewhere.enquiry = EnquiryFactory(partner=site.partner)
    elsewhere.save()
    client.force_login(site.editor)
    address = reverse("wagtailadmin_pages:add", args=["publishing", "wisdompage", report.pk])
    response = client.post(
        address,
        wisdom_form(
            title="Elsewhere",
            **{
                "heard-count": "1",
                "heard-0-deleted": "",
                "heard-0-order": "0",
                "heard-0-type": "quote",
                "heard-0-id": "",
                "heard-0-value-quote": str(elsewhere.pk),
            },
        ),
    )
    assert response.status_code == 200
    assert "not among the agreed quotes" in response.content.decode()
    assert not WisdomPage.objects.filter(title="Elsewhere").exists()


def chooser(client, name: str, **query) -> str:
    response = client.get(reverse(f"publishing_{name}:choose_results"), query)
    assert response.status_code == 200
    return response.content.decode()


def test_chooser_lists_agreed_quotes_of_the_enquiry_only(client, site: World):
    agreed = site.quote("A kettle and a key.")
    site.quote("Still waiting for an answer.", state="offered")
    contributor = site.contributor()
    site.quote("Taken back since.", contributor=contributor)
    take_back(contributor, "quote_words")
    client.force_login(site.editor)
    listed = chooser(client, "quotes", enquiry=site.enquiry.pk)
    assert agreed.shown in listed
    assert "Still waiting" not in listed
    assert "Taken back" not in listed
    assert agreed.shown not in chooser(client, "quotes", enquiry=EnquiryFactory(partner=site.partner).pk)
    assert agreed.shown in chooser(client, "quotes", q="kettle")
    assert agreed.shown not in chooser(client, "quotes", q="bicycle")


def test_choosers_show_nothing_of_another_partner(client, site: World):
    quote, display = site.quote(), site.display()
    client.force_login(colleague(PartnerFactory(), Role.EDITOR))
    assert quote.shown not in chooser(client, "quotes")
    assert display.topic not in chooser(client, "displays")
    assert display.figure.title not in chooser(client, "figures")
    assert client.get(reverse("publishing_quotes:chosen", args=[quote.pk])).status_code == 404
    client.force_login(site.editor)
    chosen = json.loads(client.get(reverse("publishing_quotes:chosen", args=[quote.pk])).content)
    assert chosen["result"]["id"] == str(quote.pk)


def test_second_reader_chooses_nothing(client, site: World):
    quote = site.quote()
    client.force_login(site.second)
    answer = client.get("/cms/choose/quotes/")
    assert answer.status_code == 404
    assert quote.shown not in answer.text


def test_form_names_a_quote_that_has_gone_without_its_words(client, site: World):
    contributor = site.contributor()
    quote = site.quote("Gone from here.", contributor=contributor)
    page = site.wisdom(site.report(), opening_quote=quote.pk)
    take_back(contributor, "quote_words")
    client.force_login(site.editor)
    text = client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
    assert "Gone from here." not in text
    assert f"Number {quote.pk} may not be shown any more" in text


def test_list_of_pages_to_put_right(client, site: World, page):
    row = ReportToMend.objects.create(partner=site.partner, page_id=page.pk, reason="words_taken_back")
    client.force_login(colleague(PartnerFactory(), Role.EDITOR))
    assert page.title not in client.get(reverse("publishing_to_mend")).content.decode()
    assert client.post(reverse("publishing_set_right", args=[row.pk])).status_code == 404
    client.force_login(site.editor)
    assert page.title in client.get(reverse("publishing_to_mend")).content.decode()
    client.post(reverse("publishing_set_right", args=[row.pk]))
    row.refresh_from_db()
    assert row.mended_by == site.editor


def test_bulk_publish_stops_at_the_first_closed_gate(client, site: World, page):
    client.force_login(site.editor)
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    response = client.post(f"{address}?id={page.pk}")
    assert response.url == reverse("publishing_gate", args=[page.pk])
    assert not WisdomPage.objects.get(pk=page.pk).live


def test_prepare_again_changes_nothing(site: World):
    from publishing import site as site_module

    before = site_module.prepare(hostname="localhost", port=80)
    assert site_module.prepare(hostname="localhost", port=80) == before
    assert SuitePage.objects.filter(partner=site.partner).count() == 1


def test_second_shelf_of_a_like_named_partner_gets_its_own_address(site: World):
    other = PartnerFactory(name="Eastmere Alongside Two", slug="eastmere-alongside-2")
    colleague(other, Role.EDITOR)
    assert SuitePage.objects.get(partner=other).slug == "eastmere-alongside-2"


def test_prepared_site_is_lint_clean(db):
    from publishing import gate

    prepared = world()
    for plain in prepared.home.get_children().specific():
        assert [finding for finding in gate.examine(plain) if finding.closes] == []


def test_word_is_kept_with_a_reason_from_the_gate_page(client, site: World):
    page = site.wisdom(site.report(), heard=[("prose", "<p>A vulnerable moment.</p>")])
    client.force_login(site.editor)
    address = reverse("publishing_gate_keep_word", args=[page.pk])
    client.post(address, {"word": "vulnerable", "reason": " "})
    assert not page.excuses.exists()
    client.post(address, {"word": "vulnerable", "reason": "Said of a moment, not of a person."})
    assert actions.run_gate(page=page, by=site.editor).passed
