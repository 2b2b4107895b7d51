from django.urls import path

from wisdoms.care import exports, keeping, questions, views, withdrawals

app_name = "care"
urlpatterns = [
    path("record/", views.record_page, name="record"),
    path("people/", views.people, name="people"),
    path("people/<int:pk>/", views.person, name="person"),
    path("questions/", questions.questions, name="questions"),
    path("questions/<int:pk>/", questions.question, name="question"),
    path("exports/", exports.exports, name="exports"),
    path("exports/<int:pk>/told/", exports.told, name="told"),
    path("keeping/", keeping.overview, name="keeping"),
    path("keeping/<int:pk>/", keeping.enquiry_keeping, name="enquiry_keeping"),
    path("keeping/holds/<int:pk>/ended/", keeping.end_hold, name="end_hold"),
    path("withdrawals/", withdrawals.withdrawals, name="withdrawals"),
    path("withdrawals/closed/<int:pk>/", withdrawals.looked_after, name="looked_after"),
    path("withdrawals/<int:pk>/", withdrawals.withdrawal, name="withdrawal"),
    path("withdrawals/<int:pk>/confirmation/", withdrawals.confirmation, name="confirmation"),
    path("withdrawals/<int:pk>/retry/", withdrawals.retry, name="retry_withdrawal"),
    path("withdrawals/<int:pk>/told/", withdrawals.told, name="told_withdrawal"),
]
