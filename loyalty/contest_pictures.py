"""Pictures of contests as answers: each a picture and nothing else, whatever a browser makes of it.

They are kept in rows, as they were drawn anew: who may see one has been asked at the door.
"""

from django.http import HttpResponse


def answer(body: bytes) -> HttpResponse:
    response = HttpResponse(body, content_type="image/jpeg")
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = 'inline; filename="picture.jpg"'
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response
