from django.urls import path

from wisdoms.care import questions, views

app_name = "care"
urlpatterns = [
    path("record/", views.record_page, name="record"),
    path("people/", views.people, name="people"),
    path("people/<int:pk>/", views.person, name="person"),
    path("questions/", questions.questions, name="questions"),
    path("questions/<int:pk>/", questions.question, name="question"),
]
