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
            world.say(f"{len(report.refused)} lines of {name} were refused, each with its reason.")


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


ALL_OF_IT = {
    Scope.TAKE_PART: "granted",
    Scope.ANALYSE: "granted",
    Scope.QUOTE_WORDS: "granted",
    Scope.PRACTICE_LEARNING: "granted",
}


def freeze(world: World) -> dict[str, PublishedFigure]:
    """Figures that passed disclosure control, by metric."""
    known = {figure.metric: figure for figure in PublishedFigure.objects.filter(enquiry=world.asked)}
    for metric, title in TITLES.items():
        if metric not in known:
            known[metric] = figures.freeze_figure(
                metric=metric, enquiry=world.asked, partner=world.lead, by=world.users["asha"], title=title
            )
    return known


def set_beside(
    world: World, themes: dict[str, Theme], quotes: dict[str, Quote], frozen: dict[str, PublishedFigure]
) -> dict[str, JointDisplay]:
    """Joint displays by the title of the Wisdom they stand in."""
    known = {row.topic: row for row in JointDisplay.objects.filter(enquiry=world.asked)}
    found = {}
    for told in corpus.read_decisions()["report"]["wisdoms"]:
        joint = told.get("joint")
        if joint is None:
            continue
        found[told["title"]] = known.get(told["title"]) or figures.make_joint_display(
            enquiry=world.asked,
            topic=told["title"],
            theme=themes[joint["theme"]],
            quotes=[quotes[key] for key in joint.get("quotes", []) if key in quotes],
            figure=frozen[joint["figure"]],
            heard=joint["heard"],
            relation=joint["relation"],
            reading=joint["reading"],
            by=world.users["asha"],
        )
    return found
