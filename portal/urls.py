from django.urls import path

from portal.views import giving, notes, people, today

app_name = "portal"
urlpatterns = [
    path("", today.today, name="today"),
    path("did-not-meet/", today.missed, name="missed"),
    path("people/", people.people, name="people"),
    path("people/new/", people.new_person, name="new_person"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/move/", people.move, name="move"),
    path("people/<int:pk>/ended/", people.ending, name="ending"),
    path("meetings/<int:pk>/", people.meeting, name="meeting"),
    path("meetings/<int:pk>/remove/", people.remove_meeting, name="remove_meeting"),
    path("notes/", notes.notes, name="notes"),
    path("notes/new/", notes.new_note, name="new_note"),
    path("notes/<int:pk>/", notes.note, name="note"),
    path("notes/<int:pk>/change/", notes.change_note, name="change_note"),
    path("notes/<int:pk>/show/", notes.change_visibility, name="note_visibility"),
    path("notes/<int:pk>/throw-away/", notes.throw_away, name="throw_away"),
    path("notes/<int:pk>/give/", giving.choose, name="give"),
    path("notes/<int:pk>/give/<int:enquiry_id>/", giving.give, name="give_to"),
    path("notes/<int:pk>/take-back/", giving.take_back, name="take_back"),
    path("got-in-the-way/", notes.sightings, name="sightings"),
    path("got-in-the-way/<int:pk>/remove/", notes.remove_sighting, name="remove_sighting"),
]
