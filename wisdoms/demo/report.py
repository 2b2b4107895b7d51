"""The published report: written by the editor from agreed quotes and frozen figures, signed by another."""

from html import escape
from io import StringIO
from typing import Any

from django.core.management import call_command

from coaching.models import JointDisplay
from publishing import actions
from publishing.editors import shelf_of, sync_editor_access
from publishing.models import HomePage, ReportPartner, WisdomPage, WisdomsReportPage
from themes.models import Code, Quote, Theme
from wisdoms.demo import corpus
from wisdoms.demo.world import World


def prepare(world: World) -> None:
    """Languages, home page, plain pages, each partner's shelf, and who may enter to write and sign."""
    call_command("prepare_site", stdout=StringIO())
    for user in world.users.values():
        sync_editor_access(user)


def publish(
    world: World, themes: dict[str, Theme], quotes: dict[str, Quote], displays: dict[str, list[JointDisplay]]
) -> WisdomsReportPage:
    """Three Wisdoms in a report, each through the gate; running it again publishes what is not live yet."""
    told = corpus.read_decisions()["report"]
    report = WisdomsReportPage.objects.filter(enquiry=world.asked).first() or _write_report(world, told)
    written = {page.title: page for page in WisdomPage.objects.child_of(report)}
    for row in told["wisdoms"]:
        page = written.get(row["title"]) or _write_wisdom(world, report, row, themes, quotes, displays)
        _go_live(world, page)
    _go_live(world, report)
    home = HomePage.objects.filter(alias_of=None).order_by("path").first()
    if home is not None and home.featured_id != report.pk:
        home.featured = report
        home.save_revision(user=world.users["nia"]).publish()
    return report


def _prose(text: str) -> str:
    return "".join(
        f"<p>{escape(part.strip(), quote=False)}</p>" for part in text.split("\n\n") if part.strip()
    )


def _stream(text: str) -> list[tuple[str, Any]]:
    return [("prose", _prose(text))] if text else []


def _write_report(world: World, told: dict[str, Any]) -> WisdomsReportPage:
    nia = world.users["nia"]
    page = WisdomsReportPage(
        title=told["title"],
        slug="eastmere-first-report",
        enquiry=world.asked,
        edition=told["edition"],
        licence=told.get("licence", ""),
        in_short=told.get("in_short", ""),
        introduction=_stream(told["introduction"]),
        how_we_listened=_stream(told["how_we_listened"]),
        recommendations=[
            (
                "recommendation",
                {
                    "title": row["title"],
                    "to_whom": row.get("to_whom", ""),
                    "text": _prose(row.get("text", "")),
                },
            )
            if isinstance(row, dict)
            else ("recommendation", {"title": row, "to_whom": "", "text": ""})
            for row in told["recommendations"]
        ],
        closing=_stream(told["closing"]),
        methods=[("method", {"heading": "srqr-10", "text": _prose(told["methods"])})],
        data_notes=_stream(told["data_notes"]),
        contact=_prose(told["contact"]),
        owner=nia,
        live=False,
    )
    shelf = shelf_of(world.lead)
    assert shelf is not None
    shelf.add_child(instance=page)
    for partner in world.partners.values():
        page.report_partners.add(
            ReportPartner(partner=partner, name=partner.name, part=ReportPartner.Part.PARTNER)
        )
    page.save_revision(user=nia)
    return page


def _write_wisdom(
    world: World,
    report: WisdomsReportPage,
    told: dict[str, Any],
    themes: dict[str, Theme],
    quotes: dict[str, Quote],
    displays: dict[str, list[JointDisplay]],
) -> WisdomPage:
    heard: list[tuple[str, Any]] = []
    for part in told["heard"]:
        if isinstance(part, str):
            heard.append(("prose", _prose(part)))
        elif _may_stand(quotes.get(part["quote"])):
            heard.append(("quote", {"quote": quotes[part["quote"]].pk}))
    if _may_stand(quotes.get(told.get("closing_quote", ""))):
        heard.append(("quote", {"quote": quotes[told["closing_quote"]].pk}))
    opening = quotes.get(told["opening"])
    codes = Code.objects.filter(codebook__enquiry=world.asked, slug__in=told.get("barriers", []))
    page = WisdomPage(
        title=told["title"],
        content_note=told.get("content_note", ""),
        is_note_needless=not told.get("content_note"),
        opening_quote=opening.pk if opening is not None and _may_stand(opening) else None,
        theme=themes[told["theme"]],
        heard=heard,
        counted=[("display", {"display": display.pk}) for display in displays.get(told["title"], [])],
        done=_stream(told["done"]),
        not_changed=_stream(told["not_changed"]),
        principles=[told["principle"].replace("-", "_")],
        code_ids=list(codes.values_list("pk", flat=True)),
        owner=world.users["nia"],
        live=False,
    )
    WisdomsReportPage.objects.get(pk=report.pk).add_child(instance=page)
    page.save_revision(user=world.users["nia"])
    return page


def _may_stand(quote: Quote | None) -> bool:
    return quote is not None and quote.state in ("approved", "changed", "placed")


def _go_live(world: World, page: Any) -> None:
    if type(page).objects.get(pk=page.pk).live:
        return
    check = actions.run_gate(page=page, by=world.users["nia"])
    if not check.passed:
        for finding in check.results:
            world.say(f"The gate of “{page.title}” says: {finding}")
        return
    actions.sign_gate(page=page, by=world.users["tom"], could_be_known=False)
    actions.publish(page=page, by=world.users["nia"])
