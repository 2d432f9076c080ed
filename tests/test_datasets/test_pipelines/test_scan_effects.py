"""What each effect does to pages small enough to work out by hand."""
import cv2
import numpy as np
import pytest

from mmseg.datasets.pipelines import scan_effects as effect


def plain(level, height=40, width=60):
    return np.full((height, width, 3), level, np.uint8)


def with_stroke(height=40, width=60):
    """White, with a black stroke of rows 18 to 21."""
    page = plain(255, height, width)
    page[18:22] = 0
    return page


@pytest.mark.parametrize('kind', ['grain', 'clouds'])
def test_textures_have_mean_0_and_deviation_1_and_repeat(kind):
    whole = effect.texture(kind)
    assert whole.shape == (512, 512)
    assert abs(whole.mean()) < 0.01 and whole.std() == pytest.approx(1, abs=0.01)
    part = effect.texture_at(kind, (600, 30), (500, 510))
    assert part.shape == (600, 30)
    np.testing.assert_array_equal(part[12:512, :2], whole[:500, 510:])
    np.testing.assert_array_equal(part[12:512, 2:], whole[:500, :28])


def test_clouds_have_no_seam():
    whole = effect.texture('clouds')
    inside = np.abs(np.diff(whole, axis=0)).mean()
    assert np.abs(whole[0] - whole[-1]).mean() < 2 * inside


def test_darken_multiplies_and_spreads_a_coarse_field():
    field = np.array([[1, 0.5], [1, 0.5]], np.float32)
    dark = effect.darken(plain(200, 4, 8), field)
    assert dark[:, 0].tolist() == [[200] * 3] * 4
    assert dark[:, 7].tolist() == [[100] * 3] * 4


def test_ink_spreads_and_thins_by_the_radius():
    def rows(amount):
        return np.flatnonzero(effect.spread_ink(with_stroke(), amount, 1)[:, 30, 0] < 128).tolist()
    assert rows(1) == [17, 18, 19, 20, 21, 22]
    assert rows(-1) == [19, 20]
    assert effect.spread_ink(with_stroke(), 0.2, 1)[17, 30].tolist() == [204] * 3


def test_fading_lightens_ink_and_leaves_white():
    faded = effect.fade_ink(with_stroke(), even=0.4, patchy=0, offset=(0, 0))
    assert faded[19, 30].tolist() == [102] * 3
    assert faded[5, 30].tolist() == [255] * 3
    patchy = effect.fade_ink(plain(0), even=0, patchy=0.5, offset=(0, 0))
    assert patchy.max() <= 128 and np.ptp(patchy) > 5


def test_the_back_of_the_page_is_its_mirror_image():
    page = plain(255)
    page[:, :20] = 0
    seen = effect.show_through(page, strength=0.2, sigma=0.6, offset=(0, 0))
    assert seen[20, 50].tolist() == [204] * 3
    assert seen[20, 30].tolist() == [255] * 3
    assert seen[20, 5].tolist() == [0] * 3


def test_paper_gives_white_and_black_their_levels():
    page = effect.paper(with_stroke(), (200, 220, 240), 30, clouds=0, grain=0, offset=(0, 0))
    assert page[5, 5].tolist() == [200, 220, 240]
    assert page[19, 5].tolist() == [30, 30, 30]
    rough = effect.paper(plain(255), (255,) * 3, 0, clouds=0.02, grain=0.02, offset=(3, 4))
    assert 1 < rough.std() < 12


def test_light_falls_toward_the_angle():
    lit = effect.light(plain(200, 160, 320), 0.5, 0, None, 0, None)
    assert np.abs(lit[80, [0, 160, 319], 0].astype(int) - [200, 150, 100]).max() <= 4
    assert np.ptp(lit[:, 100]) == 0
    below = effect.light(plain(200, 160, 320), 0.5, np.pi / 2, None, 0, None)
    assert below[159, 10, 0] < 110 < 190 < below[0, 10, 0]


def test_a_fold_and_a_shadow_are_dark_where_they_lie():
    fold = effect.light(plain(200, 160, 320), 1, 0, 0., 0.5, None)[80, :, 0].astype(int)
    assert fold[0] < 130 and fold[319] == 200
    shade = effect.light(plain(200, 160, 320), 1, 0, None, 0, (0., 0., 0.3))[..., 0]
    assert shade[0, 0] < 140 and shade[159, 319] >= 199


def test_dust_draws_specks_hairs_and_streaks():
    page = effect.dust(plain(255), np.array([[10., 12., 2., 20.]]),
                       [np.array([[30., 30.], [50., 30.]])], np.array([[40., 2., -50.]]))
    assert page[12, 10].tolist() == [20] * 3
    assert page[30, 33].max() < 200
    assert page[0, 39:43, 0].tolist() == [255, 205, 205, 255]
    assert page[12, 16].tolist() == [255] * 3


def test_blur_keeps_the_ink_and_moves_it_along_the_angle():
    blurred = effect.blur(with_stroke(), 1, 0, 0)
    assert 0 < blurred[17, 30, 0] < 255
    assert (255. - blurred).sum() == pytest.approx((255. - with_stroke()).sum(), rel=0.01)
    assert (effect.blur(with_stroke(), 0, 5, 0) == with_stroke()).all()
    assert effect.blur(with_stroke(), 0, 5, np.pi / 2)[17, 30, 0] < 255


def test_lower_resolution_means_over_blocks():
    page = plain(255)
    page[::2] = 0
    low = effect.lower_resolution(page, 0.5)
    assert low.shape == page.shape
    assert np.abs(low.astype(int) - 128).max() <= 1


def test_grey_has_equal_channels_of_the_luminance():
    page = plain(0)
    page[..., 2] = 255
    assert effect.grey(page)[3, 4].tolist() == [76] * 3


@pytest.mark.parametrize('local', [False, True])
def test_black_and_white_splits_at_a_share_of_the_paper(local):
    page = plain(200)
    page[10:20, 10:20], page[10:20, 30:40] = 100, 170
    bits = effect.black_and_white(page, 0.7, local, 0)
    assert bits[15, 15].tolist() == [0] * 3
    assert bits[15, 35].tolist() == [255] * 3
    assert bits[35, 55].tolist() == [255] * 3


def test_dots_keep_greys_as_a_share_of_black():
    ramp = np.repeat(np.linspace(80, 200, 240).astype(np.uint8)[None], 40, axis=0)
    ramp = cv2.cvtColor(np.vstack([ramp, np.full((60, 240), 250, np.uint8)]), cv2.COLOR_GRAY2BGR)
    dotted = effect.black_and_white(ramp, 0.56, False, 120)[:40, :, 0]
    assert [round(float(dotted[:, at:at + 40].mean()) / 255, 1) for at in (0, 100, 200)] \
        == [0.1, 0.5, 0.9]


def test_noise_has_its_deviation_and_no_colour():
    noisy = effect.noise(plain(128, 200, 200), 10, 1, (5, 6)).astype(int)
    assert noisy.std() == pytest.approx(10, abs=0.5)
    assert (np.ptp(noisy, axis=2) == 0).all()
    def step(page):
        return np.abs(np.diff(page[..., 0].astype(int), axis=1)).mean()
    assert step(effect.noise(plain(128, 200, 200), 10, 3, (5, 6))) < step(noisy) / 2


def test_jpeg_changes_little_at_high_and_more_at_low_quality():
    page = with_stroke()
    far = [np.abs(effect.jpeg(page, quality).astype(int) - page).mean() for quality in (95, 20)]
    assert far[0] < 1 < far[1]


CORNERS = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], float)


def test_warp_puts_the_corners_where_told():
    page = plain(255, 100, 200)
    page[:50, :100] = 0
    same = effect.warp(page, CORNERS, 7)
    np.testing.assert_array_equal(same, page)
    half = effect.warp(page, CORNERS / 2, 7)
    assert half[10, 20].tolist() == [0] * 3 and half[40, 20].tolist() == [255] * 3
    assert half[60, 20].tolist() == half[10, 120].tolist() == [7] * 3


def test_a_label_map_is_warped_without_new_values():
    label = np.zeros((100, 200), np.uint8)
    label[:50, :100] = 4
    moved = effect.warp(label, CORNERS * 0.5 + 0.25, 255, nearest=True)
    assert np.unique(moved).tolist() == [0, 4, 255]
    assert (moved == 4).sum() == 25 * 50
    assert (moved[25:50, 50:100] == 4).all()


def test_borders_cover_their_shares_of_the_sides():
    covered = effect.borders(plain(255, 50, 100), (0.1, 0.2, 0, 0.04), 9)
    assert (covered[:, :10] == 9).all() and (covered[:10] == 9).all()
    assert (covered[48:] == 9).all() and (covered[10:48, 10:] == 255).all()
