"""Showing a picture to who may see it: the door has asked; here it only leaves."""

from django.http import FileResponse, Http404

from loyalty.pictures.models import Picture
from loyalty.pictures.taking import place


def answer(picture: Picture) -> FileResponse:
    try:
        file = place(picture.file).open("rb")
    except FileNotFoundError as gone:
        raise Http404 from gone
    response = FileResponse(file, content_type="image/jpeg", filename="picture.jpg")
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
