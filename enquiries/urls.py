from django.urls import path

from enquiries import consent_views, field_views, form_views, views

app_name = "enquiries"
urlpatterns = [
    path("enquiries/new/", views.frame, name="frame"),
    path("enquiries/<int:pk>/about/", views.change, name="change"),
    path("enquiries/<int:pk>/next-round/", views.next_wave, name="next_wave"),
    path("enquiries/<int:pk>/people/", views.contributors, name="contributors"),
    path("enquiries/<int:pk>/people/new/", views.add_contributor, name="add_contributor"),
    path("enquiries/<int:pk>/together/", consent_views.group_page, name="group"),
    path("enquiries/<int:pk>/field/", field_views.field, name="field"),
    path("enquiries/<int:pk>/field/worker.js", field_views.field_worker, name="field_worker"),
    path("enquiries/<int:pk>/field/state/", field_views.field_state, name="field_state"),
    path("enquiries/<int:pk>/field/keep/", field_views.field_keep, name="field_keep"),
    path("people/<int:pk>/", consent_views.consent_page, name="consent"),
    path("people/<int:pk>/copy/", consent_views.copy_page, name="copy"),
    path("enquiries/<int:pk>/forms/", form_views.forms_page, name="forms"),
    path("forms/<int:pk>/", form_views.form_page, name="form"),
    path("forms/<int:pk>/write/", form_views.write_form, name="write_form"),
    path("enquiries/<int:pk>/conversations/new/", views.add_conversation, name="add_conversation"),
]
