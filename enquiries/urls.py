from django.urls import path

from enquiries import views

app_name = "enquiries"
urlpatterns = [
    path("enquiries/new/", views.frame, name="frame"),
    path("enquiries/<int:pk>/about/", views.change, name="change"),
    path("enquiries/<int:pk>/next-round/", views.next_wave, name="next_wave"),
    path("enquiries/<int:pk>/people/", views.contributors, name="contributors"),
    path("enquiries/<int:pk>/people/new/", views.add_contributor, name="add_contributor"),
    path("people/<int:pk>/", views.consent_page, name="consent"),
    path("enquiries/<int:pk>/conversations/new/", views.add_conversation, name="add_conversation"),
]
