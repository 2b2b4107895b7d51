"""Addresses of a person's own page. English here, Welsh under /cy/."""

from django.urls import path

from portal.yours.views import agreed, asking, door, quotes, start, surveys, taking, used, words

app_name = "yours"
urlpatterns = [
    path("", door.front, name="front"),
    path("receipt/<str:token>/", door.receipt, name="receipt"),
    path("<str:token>/", start.start, name="start"),
    path("<str:token>/confirm/", door.confirm, name="confirm"),
    path("<str:token>/code/", door.send_code, name="code"),
    path("<str:token>/leave/", door.leave, name="leave"),
    path("<str:token>/agreed/", agreed.agreed, name="agreed"),
    path("<str:token>/first/", agreed.first, name="first"),
    path("<str:token>/taken/<int:pk>/", agreed.taken, name="taken"),
    path("<str:token>/agreed/<str:scope>/", agreed.change, name="change"),
    path("<str:token>/everything/", agreed.everything, name="everything"),
    path("<str:token>/quotes/", quotes.quotes, name="quotes"),
    path("<str:token>/quotes/<int:pk>/", quotes.answer, name="answer"),
    path("<str:token>/quotes/<int:pk>/change/", quotes.change, name="change_quote"),
    path("<str:token>/words/", words.words, name="words"),
    path("<str:token>/words/<int:pk>/", words.keep_private, name="keep_private"),
    path("<str:token>/shared-again/<int:pk>/", words.share_again, name="share_again"),
    path("<str:token>/sound/<int:pk>/", words.sound, name="sound"),
    path("<str:token>/heard/<int:pk>/", words.clip, name="clip"),
    path("<str:token>/used/", used.used, name="used"),
    path("<str:token>/progress/", surveys.progress, name="progress"),
    path("<str:token>/progress/assets/", surveys.survey, {"kind": "assets"}, name="survey_assets"),
    path("<str:token>/progress/wellbeing/", surveys.survey, {"kind": "wellbeing"}, name="survey_wellbeing"),
    path("<str:token>/copy/", taking.copy, name="copy"),
    path("<str:token>/ask/", asking.ask, name="ask"),
]
