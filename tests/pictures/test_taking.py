"""Pictures of strangers: drawn anew without what they carry, or refused in a sentence."""

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from loyalty.pictures import taking
from loyalty.pictures.models import Picture
from loyalty.pictures.taking import BadPicture, Drawn
from tests.makers import NOON


@pytest.fixture(autouse=True)
def _pictures_of_its_own(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def upload(data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("me.jpg", data)


def jpeg(width: int = 30, height: int = 20, **options) -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (width, height), "brown").save(drawn, "JPEG", **options)
    return drawn.getvalue()


def test_a_picture_is_drawn_anew_without_what_it_carries(db):
    exif = Image.Exif()
    exif[0x0112] = 6  # Lying on its side.
    exif[0x010E] = "taken at home"
    sent = jpeg(exif=exif, comment=b"a secret") + b"<script>polyglot</script>"
    drawn = taking.draw(upload(sent))
    assert (drawn.width, drawn.height) == (20, 30)
    for carried in (b"home", b"secret", b"script", b"Exif"):
        assert carried not in drawn.data
    assert Image.open(io.BytesIO(drawn.data)).size == (20, 30)


def bomb() -> bytes:
    drawn = io.BytesIO()
    Image.new("1", (6_000, 6_000)).save(drawn, "PNG")
    return drawn.getvalue()


@pytest.mark.parametrize(
    "sent",
    [b"", b"GIF89a", b"<svg xmlns='http://www.w3.org/2000/svg'/>", jpeg()[:200], b"\xff\xd8\xff",
     b"%PDF-1.7", b"RIFF\x00\x00\x00\x00WAVE"],
    ids=["empty", "gif", "svg", "cut-off", "three-bytes", "pdf", "sound"],
)  # fmt: skip
def test_what_is_no_picture_is_refused(db, sent):
    with pytest.raises(BadPicture, match="no picture that we can read"):
        taking.draw(upload(sent))


def test_a_bomb_is_refused(db):
    with pytest.raises(BadPicture, match="too many pixels"):
        taking.draw(upload(bomb()))


def test_what_is_too_large_is_refused_before_it_is_read_whole(db, monkeypatch):
    monkeypatch.setattr(taking, "MOST_BYTES", 1000)
    with pytest.raises(BadPicture, match="too large"):
        taking.draw(upload(jpeg() + b"x" * 2000))


def test_what_no_row_names_is_swept_away_after_a_day(cafe, ana, django_capture_on_commit_callbacks):
    kept = taking.keep(
        Drawn(b"1", 1, 1), program=cafe, account=ana.account, cause="contribution:1", now=NOON
    )
    place = taking.place(kept.file)
    lost = place.with_name("lost.jpg")
    lost.write_bytes(b"2")
    written = place.stat().st_mtime
    soon = NOON.fromtimestamp(written, tz=NOON.tzinfo) + timedelta(hours=1)
    assert taking.sweep(cafe, now=soon) == 0
    assert taking.sweep(cafe, now=soon + timedelta(days=1)) == 1
    assert place.exists()
    with django_capture_on_commit_callbacks(execute=True):
        taking.drop(Picture.objects.all())
    assert not place.exists()
