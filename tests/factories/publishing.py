"""Pages to test with, and what stands behind them: agreed quotes, frozen figures, displays. All invented."""

import datetime
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone
from wagtail.models import Page

from accounts.models import Partner, Role, User
from coaching.models import JointDisplay, PublishedFigure
from enquiries.models import Contributor, Conversation, Enquiry, ReviewChoice
from publishing import actions, site
from publishing.models import HomePage, SuitePage, WisdomPage, WisdomsReportPage
from tests.factories.accounts import PartnerFactory, colleague
from tests.factories.enquiries import ContributorFactory, ConversationFactory, EnquiryFactory
from themes.models import Code, Codebook, Quote, QuoteState, QuoteStep, Theme
from transcripts.models import PseudonymisedVersion, Segment, Transcript

SAYINGS = (
    "By the fourth time I said it like it was somebody else’s. Like reading it off a form.",
    "She’d read it before I came in … I told her about [my brother]’s allotment.",
    "I had a key and a kettle. I sat on the floor with the light off.",
    "New face, same sheet of paper.",
    "I’m sick of my own story. I could do it asleep.",
)


@dataclass
class World:
    """A prepared site with one enquiry whose words may be quoted, and the people who work on it."""

    partner: Partner
    editor: User
    second: User
    enquiry: Enquiry
    home: HomePage
    shelf: SuitePage
    versions: dict[int, PseudonymisedVersion] = field(default_factory=dict)

    def contributor(self, **fields: Any) -> Contributor:
        return ContributorFactory(enquiry=self.enquiry, agreed=True, **fields)

    def quote(self, text: str = "", *, state: str = QuoteState.APPROVED, **fields: Any) -> Quote:
        """An agreed quote by a speaker of its own, with the steps that led there."""
        contributor = fields.pop("contributor", None) or self.contributor()
        text = text or f"{SAYINGS[Quote.objects.count() % len(SAYINGS)]} {Quote.objects.count()}"
        segment = self._segment(contributor, text)
        quote = Quote.objects.create(
            partner=self.partner,
            enquiry=self.enquiry,
            segment=None if state == QuoteState.WITHDRAWN else segment,
            contributor=contributor,
            start=0,
            end=len(text),
            text="" if state == QuoteState.WITHDRAWN else text,
            shown="" if state == QuoteState.WITHDRAWN else text,
            voice=contributor.voice,
            state=state,
            selected_by=self.second,
            **fields,
        )
        steps = [QuoteState.SELECTED, QuoteState.HEARD, QuoteState.PSEUDONYMISED]
        if contributor.review_choice != ReviewChoice.NONE:
            steps.append(QuoteState.OFFERED)
        if state in (QuoteState.APPROVED, QuoteState.CHANGED, QuoteState.PLACED):
            steps.append(QuoteState.APPROVED)
        for before, after in zip(["", *steps], steps, strict=False):
            QuoteStep.objects.create(
                partner=self.partner,
                quote=quote,
                from_state=before,
                to_state=after,
                shown=text,
                by=self.second,
            )
        return quote

    def _segment(self, contributor: Contributor, text: str) -> Segment:
        conversation: Conversation = ConversationFactory(enquiry=self.enquiry, contributors=[contributor])
        transcript = Transcript.objects.create(
            partner=self.partner, conversation=conversation, source="typed"
        )
        version = PseudonymisedVersion.objects.create(
            partner=self.partner,
            transcript=transcript,
            number=1,
            text=text,
            made_by=self.editor,
            signed_off_by=self.second,
            signed_off_at=timezone.now(),
        )
        return Segment.objects.create(
            partner=self.partner,
            version=version,
            conversation=conversation,
            contributor=contributor,
            voice=contributor.voice,
            number=1,
            start=0,
            end=len(text),
            text=text,
        )

    def theme(self, title: str = "Telling it again") -> Theme:
        return Theme.objects.create(
            partner=self.partner,
            enquiry=self.enquiry,
            slug=f"theme-{Theme.objects.count()}",
            title=title,
            statement="People are asked to tell it many times.",
            made_by=self.second,
        )

    def code(self, name: str = "Staff change", kind: str = "barrier") -> Code:
        book, _made = Codebook.objects.get_or_create(enquiry=self.enquiry, partner=self.partner)
        return Code.objects.create(
            partner=self.partner,
            codebook=book,
            slug=f"code-{Code.objects.count()}",
            name=name,
            kind=kind,
            definition="Somebody new, again.",
        )

    def figure(self, **fields: Any) -> PublishedFigure:
        """A frozen figure as disclosure control leaves it."""
        return PublishedFigure.objects.create(
            partner=self.partner,
            enquiry=fields.pop("enquiry", self.enquiry),
            metric="endings",
            title="How coaching came to an end",
            safe=fields.pop(
                "safe",
                {
                    "heading": "How coaching came to an end",
                    "caption": "180 endings, April 2023 to March 2025. Every door was left open.",
                    "base_text": "180 endings",
                    "unit": "people",
                    "row_heading": "Ending",
                    "columns": ["People"],
                    "rows": [
                        {"label": "Planned together", "values": ["85"], "size": 85},
                        {"label": "The person’s choice", "values": ["45"], "size": 45},
                        {"label": "The coach left", "values": ["25"], "size": 25},
                        {"label": "Lost touch", "values": ["fewer than 10"], "size": None},
                    ],
                },
            ),
            rule_version="test",
            frozen_by=self.second,
            **fields,
        )

    def display(self, *quotes: Quote, **fields: Any) -> JointDisplay:
        """A theme beside a figure; `relation="silent", figure=None` for one where nothing was counted."""
        row = JointDisplay.objects.create(
            partner=self.partner,
            enquiry=self.enquiry,
            topic=fields.pop("topic", "Starting again"),
            theme=fields.pop("theme", None) or self.theme(),
            figure=fields.pop("figure") if "figure" in fields else self.figure(),
            heard="Most people said that a new worker meant starting their story again.",
            relation=fields.pop("relation", "expands"),
            reading="About one ending in seven came because the coach left. We had thought it was fewer.",
            made_by=self.second,
            **fields,
        )
        row.quotes.set(quotes, through_defaults={"partner": self.partner})
        return row

    def report(self, **fields: Any) -> WisdomsReportPage:
        """A draft report on the partner's shelf, by the editor."""
        page = WisdomsReportPage(
            title=fields.pop("title", "Nine Wisdoms from Eastmere"),
            enquiry=fields.pop("enquiry", self.enquiry),
            owner=self.editor,
            live=False,
            **fields,
        )
        self.shelf.add_child(instance=page)
        page.save_revision(user=self.editor)
        return page

    def wisdom(self, report: WisdomsReportPage, **fields: Any) -> WisdomPage:
        """A draft Wisdom under a report, by the editor; no content note is needed unless one is given."""
        fields.setdefault("is_note_needless", "content_note" not in fields)
        page = WisdomPage(
            title=fields.pop("title", "Telling it again takes something out of you"),
            owner=self.editor,
            live=False,
            **fields,
        )
        WisdomsReportPage.objects.get(pk=report.pk).add_child(instance=page)
        page.save_revision(user=self.editor)
        return page

    def pass_gate(self, page: Page) -> None:
        """The editor has it checked, the second person signs."""
        actions.run_gate(page=page, by=self.editor)
        actions.sign_gate(page=page, by=self.second, could_be_known=False)

    def go_live(self, page: Page) -> Page:
        """Through the gate and onto the site."""
        self.pass_gate(page)
        return actions.publish(page=page, by=self.editor)


def world() -> World:
    """A prepared site, an editor, a second reader and an enquiry, all of one partner."""
    site.prepare(hostname="localhost", port=80)
    partner: Partner = PartnerFactory(name="Eastmere Alongside", slug="eastmere-alongside")
    editor = colleague(partner, Role.EDITOR)
    second = colleague(partner, Role.REVIEWER)
    enquiry = EnquiryFactory(partner=partner, title="Finding a home in Eastmere")
    return World(
        partner=partner,
        editor=editor,
        second=second,
        enquiry=enquiry,
        home=HomePage.objects.get(),
        shelf=SuitePage.objects.get(partner=partner),
    )


def full_wisdom(world: World, report: WisdomsReportPage, **fields: Any) -> WisdomPage:
    """A Wisdom with every part it can have, except a picture."""
    opening, first, second = world.quote(SAYINGS[0]), world.quote(SAYINGS[1]), world.quote(SAYINGS[2])
    display = world.display(world.quote(SAYINGS[3]))
    against = world.display(world.quote(SAYINGS[4]), topic="Being worn down", relation="contradicts")
    code = world.code()
    given: dict[str, Any] = {
        "opening_quote": opening.pk,
        "content_note": "People speak here about being made to tell painful things.",
        "heard": [
            (
                "prose",
                "<p>Most people had told their story many times.</p><p>Saying it was not the hard part.</p>",
            ),
            ("quote", {"quote": first.pk}),
            ("prose", "<p>Some people found that telling it could help.</p>"),
            ("more_quotes", {"lead_in": "Others put it this way.", "quotes": [second.pk]}),
        ],
        "counted": [("display", {"display": display.pk}), ("display", {"display": against.pk})],
        "done": [("prose", "<p>Since May, nobody has to tell it twice.</p>")],
        "not_changed": [("prose", "<p>The housing register still asks for it each time.</p>")],
        "response_on": datetime.date(2025, 9, 4),
        "principles": ["seeing_people", "not_fixing"],
        "code_ids": [code.pk],
    }
    return world.wisdom(report, **(given | fields))


def full_report(world: World, **fields: Any) -> WisdomsReportPage:
    """A report with every part it can have, except logos; its Wisdoms come on their own."""
    given: dict[str, Any] = {
        "edition": "first edition, 2025",
        "licence": "You may share this report whole and unchanged, with credit.",
        "in_short": "People in Eastmere answered. These are their words, and what we learned from them.",
        "contents_heading": "Three Wisdoms from Eastmere",
        "introduction": [("prose", "<p>In spring we asked one question.</p>")],
        "how_we_listened": [("prose", "<p>We met where people wanted to meet.</p>")],
        "interludes": [
            (
                "interlude",
                {
                    "after": 1,
                    "title": "In between",
                    "text": "<p>We stopped here for a while.</p>",
                    "quotes": [("quote", {"quote": world.quote().pk})],
                },
            )
        ],
        "recommendations": [
            (
                "recommendation",
                {
                    "title": "Ask once",
                    "to_whom": "Everyone who keeps a register",
                    "text": "<p>Write it down together.</p>",
                },
            )
        ],
        "closing": [("prose", "<p>We take from it that time matters.</p>")],
        "methods": [("method", {"heading": "srqr-08", "text": "<p>Everyone who came by in spring.</p>"})],
        "data_notes": [("prose", "<p>Figures are from our own record.</p>")],
        "contact": "<p>Write to us at Eastmere Alongside.</p>",
        "changes": [("change", {"on": datetime.date(2025, 9, 4), "text": "We corrected a date."})],
    }
    return world.report(**(given | fields))
