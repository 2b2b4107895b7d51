from django.urls import path

from transcripts.text_urls import text_patterns
from transcripts.views import exports, recordings, sound, spoken, typed

app_name = "transcripts"
urlpatterns = [
    path("conversations/<int:pk>/recording/", recordings.RecordingPage.as_view(), name="recording"),
    path("conversations/<int:pk>/typed/", typed.typed, name="typed"),
    path("recordings/<int:pk>/sound", sound.sound, name="sound"),
    path("recordings/<int:pk>/listening/", recordings.listening, name="listening"),
    path("recordings/<int:pk>/writing/", recordings.writing, name="writing"),
    path("recordings/<int:pk>/agreed/", spoken.spoken_consent, name="spoken_consent"),
    path("agreed/<int:pk>/", spoken.spoken, name="spoken"),
    path("enquiries/<int:pk>/exports/", exports.exports, name="exports"),
    *text_patterns,
]
