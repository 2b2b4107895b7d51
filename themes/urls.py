from django.urls import path

from themes.views import codebook, meaning, patterns, quotes, reading

app_name = "themes"
urlpatterns = [
    path("enquiries/<int:enquiry_id>/codes/", codebook.codebook, name="codebook"),
    path("enquiries/<int:enquiry_id>/codes/start/", codebook.start, name="start_codebook"),
    path("codes/<int:code_id>/", codebook.code, name="code"),
    path("codes/<int:code_id>/retire/", codebook.retire, name="retire_code"),
    path("enquiries/<int:enquiry_id>/patterns/", patterns.patterns, name="patterns"),
    path("enquiries/<int:enquiry_id>/patterns/new/", patterns.request_run, name="request_run"),
    path("enquiries/<int:enquiry_id>/offers/new/", patterns.request_offers, name="request_offers"),
    path("patterns/<int:run_id>/", patterns.run, name="run"),
    path("patterns/groups/<int:proposal_id>/", patterns.proposal, name="proposal"),
    path("patterns/passages/<int:assignment_id>/", patterns.read_passage, name="read_passage"),
    path("conversations/<int:conversation_id>/reading/", reading.reading, name="reading"),
    path("conversations/<int:conversation_id>/reading/keep/", reading.keep, name="keep"),
    path("conversations/<int:conversation_id>/reading/memo/", reading.memo, name="memo"),
    path("conversations/<int:conversation_id>/reading/finished/", reading.finish, name="finish"),
    path("tags/<int:decision_id>/off/", reading.untag, name="untag"),
    path("tags/<int:decision_id>/let-go/", reading.let_go, name="let_go"),
    path("offers/<int:suggestion_id>/", reading.answer, name="answer"),
    path("offers/<int:suggestion_id>/near/", reading.near, name="near"),
    path("enquiries/<int:enquiry_id>/themes/", meaning.themes, name="themes"),
    path("themes/<int:theme_id>/", meaning.theme, name="theme"),
    path("enquiries/<int:enquiry_id>/quotes/", quotes.quotes, name="quotes"),
    path("quotes/<int:quote_id>/", quotes.quote, name="quote"),
]
