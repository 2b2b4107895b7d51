from django.urls import path

from accounts import emergency_views, joining_views, people_views, session_views, views

app_name = "accounts"
urlpatterns = [
    path("accounts/work-as/<int:membership_id>/", views.work_as, name="work_as"),
    path("accounts/start/", views.start, name="start"),
    path("accounts/demo-sign-in/", views.demo_sign_in, name="demo_sign_in"),
    path("accounts/demo-proof/", views.prove_in_demo, name="prove_in_demo"),
    path("accounts/second-step/choose/", views.set_up, name="set_up"),
    path("accounts/places/", session_views.places, name="places"),
    path("accounts/places/others/end/", session_views.end_other_places, name="end_other_places"),
    path("accounts/places/<int:pk>/end/", session_views.end_place, name="end_place"),
    path("accounts/join/<str:token>/", joining_views.join, name="join"),
    path("workspace/partner/people/", people_views.people, name="people"),
    path("workspace/partner/<int:pk>/people/", people_views.people, name="people_of"),
    path("workspace/partner/<int:pk>/people/invite/", people_views.invite, name="invite"),
    path("workspace/partner/<int:pk>/people/<int:user_id>/", people_views.colleague, name="colleague"),
    path("workspace/partner/<int:pk>/people/<int:user_id>/close/", people_views.close, name="close"),
    path(
        "workspace/partner/<int:pk>/people/<int:user_id>/roles/<int:membership_id>/end/",
        people_views.end_role,
        name="end_role",
    ),
    path("workspace/invitations/<int:pk>/withdraw/", people_views.withdraw, name="withdraw_invitation"),
    path("workspace/partner/emergencies/", emergency_views.emergencies, name="emergencies_here"),
    path("workspace/partner/<int:pk>/emergencies/", emergency_views.emergencies, name="emergencies"),
    path("workspace/emergencies/<int:pk>/answer/", emergency_views.answer, name="answer_emergency"),
    path("workspace/emergencies/<int:pk>/end/", emergency_views.end, name="end_emergency"),
]
