from io import BytesIO

import pytest
from PIL import Image

from workbench.report import raster

SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="144pt" height="72pt" viewBox="0 0 144 72">'
    b'<rect width="72" height="72" fill="#0b4f8a"/></svg>'
)


@pytest.mark.parametrize("dpi", [72, 200])
def test_a_picture_has_the_size_of_the_drawing_at_the_resolution_it_states(dpi):
    picture = Image.open(BytesIO(raster.png(SVG, dpi)))
    assert picture.size == (2 * dpi, dpi)
    assert picture.info["dpi"] == pytest.approx((dpi, dpi), abs=0.05)


def test_a_picture_shows_what_was_drawn_on_white():
    picture = Image.open(BytesIO(raster.png(SVG, 72))).convert("RGBA")
    assert picture.getpixel((10, 10)) == (0x0B, 0x4F, 0x8A, 255)
    assert picture.getpixel((140, 60)) == (255, 255, 255, 255)


def test_a_picture_is_the_same_bytes_each_time():
    assert raster.png(SVG) == raster.png(SVG)
