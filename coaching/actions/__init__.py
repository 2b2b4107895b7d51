"""Every change to the coaching record, by noun: import from here or from the module of the noun."""

from coaching.actions.figures import (
    freeze_figure,
    make_joint_display,
    mark_published,
    remove_joint_display,
)
from coaching.actions.notes import (
    contribute_note,
    keep_note_private,
    record_sighting,
    remove_note,
    remove_sighting,
    rewrite_note,
    share_note,
    take_note_back,
    write_note,
)
from coaching.actions.relationships import (
    change_session,
    end_relationship,
    move_relationship,
    record_missed_session,
    record_session,
    remove_session,
    start_relationship,
)
from coaching.actions.surveys import define_asset_survey, record_asset_survey, record_wellbeing

__all__ = [
    "change_session",
    "contribute_note",
    "define_asset_survey",
    "end_relationship",
    "freeze_figure",
    "keep_note_private",
    "make_joint_display",
    "mark_published",
    "move_relationship",
    "record_asset_survey",
    "record_missed_session",
    "record_session",
    "record_sighting",
    "record_wellbeing",
    "remove_joint_display",
    "remove_note",
    "remove_session",
    "remove_sighting",
    "rewrite_note",
    "share_note",
    "start_relationship",
    "take_note_back",
    "write_note",
]
