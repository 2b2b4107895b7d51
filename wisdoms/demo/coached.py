"""The coaching record of 40 made-up people, brought in from files; the coaches' notes; figures from it."""

from datetime import date
from typing import Any

from coaching.actions import figures, imports, notes, surveys
from coaching.models import (
    CoachingRelationship,
    ImportKind,
    InstrumentLicence,
    JointDisplay,
    PublishedFigure,
    ReflectiveNote,
    WellbeingResponse,
)
from coaching.reflection import STEPS
from enquiries.models import Scope
from themes.models import Quote, Theme
from wisdoms.demo import corpus
from wisdoms.demo.paths import COACHING
from wisdoms.demo.world import World

FILES = (
    (ImportKind.RELATIONSHIPS, "relationships.csv"),
    (ImportKind.SESSIONS, "sessions.csv"),
    (ImportKind.SWEMWBS, "surveys_swemwbs.csv"),
    (ImportKind.WEMWBS, "surveys_wemwbs.csv"),
    (ImportKind.ASSETS, "surveys_assets.csv"),
)
TITLES = {
    "wellbeing_change": "Wellbeing scores, first and later",
    "endings": "How coaching came to an end",
    "people_reached": "People met at least once",
    "sessions_per_person": "Meetings for each person",
}


def bring_in(world: World) -> None:
    """Each file through the same import a data guardian uses; then who stands behind which voice is known."""
    if (
        CoachingRelationship.objects.filter(partner=world.lead).exists()
        and WellbeingResponse.objects.exists()
    ):
        return
    mair = world.users["mair"]
    InstrumentLicence.objects.get_or_create(
        partner=world.lead,
        number="DEMO-0000",
        defaults={
            "holder": world.lead.name,
            "kind": "Made up for the demo; no scale is shown",
            "valid_from": date(2024, 1, 1),
        },
    )
    told = corpus.read_toml(COACHING / "asset_definition.toml")
    surveys.define_asset_survey(
        partner=world.lead, by=mair, slug=told["slug"], name=told["name"], items=told["items"]
    )
    for kind, name in FILES:
        report = imports.import_file(
            partner=world.lead, kind=kind, content=(COACHING / name).read_bytes(), by=mair
        )
        if report.refused:
            world.say(f"{report.refused} lines of {name} were refused, each with its reason.")


def write_notes(world: World) -> None:
    """Six notes by coaches; three stay with their authors or the group, three become sources."""
    if ReflectiveNote.objects.filter(partner=world.lead).exists():
        return
    for told in corpus.read_notes():
        by = world.users[told["coach"]]
        note = notes.write_note(
            partner=world.lead,
            by=by,
            parts=_parts(told),
            template=told["template"],
            written_on=told["written_on"],
        )
        if told["visibility"] == "shared_with_group":
            notes.share_note(note=note, by=by)
        elif told["visibility"] == "contributed":
            decided = (
                {}
                if ReflectiveNote.objects.filter(author=by, visibility="contributed").exists()
                else ALL_OF_IT
            )
            notes.contribute_note(
                note=note, enquiry=world.asked, by=by, decisions=decided, review_choice="none"
            )


def _parts(told: dict[str, Any]) -> dict[str, str]:
    """The written parts under the keys of their template's steps; the files keep them in the same order."""
    return {
        step.key: text for step, text in zip(STEPS[told["template"]], told["parts"].values(), strict=True)
    }


ALL_OF_IT: dict[str, str] = {
    Scope.TAKE_PART: "granted",
    Scope.ANALYSE: "granted",
    Scope.QUOTE_WORDS: "granted",
    Scope.PRACTICE_LEARNING: "granted",
}


def set_beside(
    world: World, themes: dict[str, Theme], quotes: dict[str, Quote]
) -> dict[str, list[JointDisplay]]:
    """Joint displays by the title of the Wisdom they stand in, each with its figure frozen."""
    known = {(row.topic, row.figure_id): row for row in JointDisplay.objects.filter(enquiry=world.asked)}
    found: dict[str, list[JointDisplay]] = {}
    for told in corpus.read_decisions()["report"]["wisdoms"]:
        for joint in told.get("joint", []):
            figure = _frozen(world, joint["figure"], only_linked=joint.get("only_linked", False))
            display = known.get((told["title"], figure.pk)) or figures.make_joint_display(
                enquiry=world.asked,
                topic=told["title"],
                theme=themes[joint["theme"]],
                quotes=[quotes[key] for key in joint.get("quotes", []) if key in quotes],
                figure=figure,
                heard=joint["heard"],
                relation=joint["relation"],
                reading=joint["reading"],
                by=world.users["asha"],
            )
            found.setdefault(told["title"], []).append(display)
    return found


def freeze_the_rest(world: World) -> None:
    """Figures that wait for somebody to set words beside them."""
    for metric in TITLES:
        if not PublishedFigure.objects.filter(enquiry=world.asked, metric=metric).exists():
            _frozen(world, metric)


def _frozen(world: World, metric: str, *, only_linked: bool = False) -> PublishedFigure:
    """The figure, frozen once. `only_linked` counts those contributors alone who allow `link_coaching`."""
    known = PublishedFigure.objects.filter(enquiry=world.asked, metric=metric).order_by("-pk").first()
    return known or figures.freeze_figure(
        metric=metric,
        enquiry=world.asked,
        partner=world.lead,
        by=world.users["asha"],
        title=TITLES[metric],
        only_linked=only_linked,
    )
