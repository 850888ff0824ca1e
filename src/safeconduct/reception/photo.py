"""Photographs of things, made to say nothing else: encoded anew, without place, time or device."""

from io import BytesIO

from PIL import Image, UnidentifiedImageError

from safeconduct.refusal import Refusal, Refused

MOST_BYTES = 10 * 2**20  # a telephone's photograph is 3 to 6 MB
MOST_PIXELS = 50_000_000  # 50 megapixels; more is a bomb, not a photograph
LONG_SIDE = 1600  # pixels: a serial number on a plate stays legible at 1:4
QUALITY = 80


def encoded_anew(raw: bytes) -> bytes:
    """Return the picture as a JPEG of at most 1600 pixels, upright, with no metadata at all.

    Raises:
        Refused: too large, or no picture.
    """
    if len(raw) > MOST_BYTES:
        raise Refused(
            Refusal(
                "photo.too_large", "This file is larger than 10 MB.", "Send a smaller photograph."
            )
        )
    try:
        with Image.open(BytesIO(raw)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise Refused(
                    Refusal("photo.too_large", "This picture is too large.", "Send a smaller one.")
                )
            return _jpeg(picture)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise Refused(
            Refusal("photo.no_picture", "This file is no picture.", "Send a JPEG or a PNG.")
        ) from None


def _jpeg(picture: Image.Image) -> bytes:
    turned = picture.getexif().get(0x0112, 1)  # orientation is read, then thrown away with the rest
    plain = picture.convert("RGB")
    turns = {3: 180, 6: 270, 8: 90}
    if turned in turns:
        plain = plain.rotate(turns[turned], expand=True)
    plain.thumbnail((LONG_SIDE, LONG_SIDE))
    bare = Image.frombytes("RGB", plain.size, plain.tobytes())  # pixels only: no info, no profile
    out = BytesIO()
    bare.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
