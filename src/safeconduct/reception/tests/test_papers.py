"""The photographs of his things: encoded anew, they say nothing of where and by what."""

from io import BytesIO

import pytest
from PIL import Image

from safeconduct.reception import photo
from safeconduct.refusal import Refused


def picture(**saved) -> bytes:
    out = BytesIO()
    image = Image.new("RGB", (2400, 1200), (10, 120, 40))
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825)[1] = "N"
    image.save(out, "JPEG", exif=exif, comment=b"SecretComment", **saved)
    return out.getvalue()


def test_a_photograph_keeps_its_pixels_and_nothing_else():
    raw = picture()
    assert b"SecretCamera" in raw
    assert b"SecretComment" in raw
    plain = photo.encoded_anew(raw)
    assert b"Secret" not in plain
    with Image.open(BytesIO(plain)) as image:
        assert image.size == (1600, 800)
        assert not image.getexif()


@pytest.mark.parametrize("raw", [b"", b"GIF89a", b"%PDF-1.7", b"\xff\xd8\xff\xe0garbage"])
def test_what_is_no_picture_is_refused(raw):
    with pytest.raises(Refused, match="no picture"):
        photo.encoded_anew(raw)


def test_a_small_file_that_unfolds_into_too_many_pixels_is_refused_before_it_unfolds():
    out = BytesIO()
    Image.new("1", (8_000, 7_600)).save(out, "PNG")
    assert len(out.getvalue()) < 100_000
    with pytest.raises(Refused, match="too large"):
        photo.encoded_anew(out.getvalue())


def test_a_file_of_more_than_ten_megabytes_is_refused():
    with pytest.raises(Refused, match="10 MB"):
        photo.encoded_anew(b"\0" * (10 * 2**20 + 1))
