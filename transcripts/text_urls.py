"""Addresses of checking words and taking names out; included by `transcripts.urls`."""

from django.urls import URLPattern, path

from transcripts.views import checking, names

_CHECKING = "conversations/<int:pk>/checking/"
_NAMES = "conversations/<int:pk>/names/"
_TEXT = "conversations/<int:pk>/text/"

text_patterns: list[URLPattern] = [
    path(_CHECKING, checking.checking_page, name="checking"),
    path(f"{_CHECKING}turns/<int:index>/", checking.turn, name="turn"),
    path(f"{_CHECKING}turns/<int:index>/doubts/<int:number>/", checking.doubt, name="doubt"),
    path(f"{_CHECKING}speakers/", checking.remaining_speakers, name="remaining_speakers"),
    path(f"{_CHECKING}earlier/", checking.restore, name="restore"),
    path(f"{_CHECKING}checked/", checking.mark_checked, name="mark_checked"),
    path(f"{_CHECKING}verified/", checking.verify, name="verify"),
    path(f"{_CHECKING}open/", checking.reopen, name="reopen"),
    path(_NAMES, names.names_page, name="names"),
    path(f"{_NAMES}finding/", names.look_for_names, name="look_for_names"),
    path(f"{_NAMES}decisions/", names.decide, name="decide_name"),
    path(f"{_NAMES}missed/", names.add, name="add_name"),
    path(f"{_NAMES}text/", names.make, name="make_text"),
    path(_TEXT, names.text_page, name="text"),
    path(f"{_TEXT}signed-off/", names.sign_off, name="sign_off"),
    path(f"{_TEXT}passages/", names.cut, name="cut_passages"),
]
