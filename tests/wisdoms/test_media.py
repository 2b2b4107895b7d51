"""Pictures of the public site can be seen; nothing else under the media folder can."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file

pytestmark = pytest.mark.django_db


# Wagtail leaves the temporary file of a size it makes to be closed by itself.
@pytest.mark.filterwarnings("ignore:Unclosed file:ResourceWarning")
@pytest.mark.filterwarnings("ignore:.*SpooledTemporaryFile:pytest.PytestUnraisableExceptionWarning")
def test_a_size_of_a_picture_is_served_and_its_original_is_not(client: Client) -> None:
    image = get_image_model().objects.create(title="A bench by the river", file=get_test_image_file())
    small = image.get_rendition("max-100x100")
    response = client.get(small.url)
    assert response.status_code == 200
    assert response["Content-Type"] == "image/png"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert b"".join(response.streaming_content).startswith(b"\x89PNG")
    assert client.get(f"/media/{image.file.name}").status_code == 404


@pytest.mark.parametrize("path", ["../secret", "..%2fsecret", "%2e%2e/secret", "nothing.png", ""])
def test_no_way_leads_out_of_the_folder(client: Client, settings: Any, path: str) -> None:
    folder = Path(settings.MEDIA_ROOT)
    (folder / "images").mkdir(parents=True)
    (folder / "secret").write_bytes(ContentFile(b"kept").read())
    assert client.get(f"/media/images/{path}").status_code in (301, 404)
