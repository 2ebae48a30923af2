"""Hair of the head, strand by strand."""

from __future__ import annotations

import cv2
import numpy as np

from .canvas import blur, noise, smoothstep, strokes, to_pixels
from .identity import Identity, outline_half_width

#          volume, sideburn end, steepness, forehead drop
_STYLES = {
    'short': (13, 4, 4.0, -6), 'side': (17, 2, 4.5, 30), 'fringe': (19, 420, 12.0, 48),
    'long': (17, 420, 9.0, 2), 'tied': (7, -24, 3.4, -8), 'buzz': (4, -4, 4.0, -6),
}


def hair_masks(identity: Identity, x: np.ndarray, y: np.ndarray, rng: np.random.Generator,
               ) -> tuple[np.ndarray, np.ndarray]:
    """Coverage of the hair behind the head and of the hair in front.

    Args:
        identity (Identity): The subject.
        x (np.ndarray): ``(1, W)`` relative to the face origin.
        y (np.ndarray): ``(H, 1)``.
        rng (np.random.Generator): Draws parting and ragged edges.

    Returns:
        tuple[np.ndarray, np.ndarray]: ``(H, W)`` float32 in 0 to 1, behind and in front.
    """
    me = identity
    volume, sideburn, power, drop = _STYLES[me.hair_style]
    side = 1.0 if rng.uniform() < 0.5 else -1.0
    ragged = cv2.resize(noise((4, x.size), 9, rng)[:1], (x.size, 1)) * 2.5 + noise((4, x.size), 40, rng)[:1] * 3
    rows = np.arange(-330.0, 340.0)
    top = me.crown_y - 1.3 * volume
    outline = outline_half_width(me, rows * (me.crown_y / top))
    grow = 1 + volume / me.half_width
    wide = np.where(rows < 22, outline * grow, me.half_width * grow)
    long = sideburn > 100
    if long:
        wide = wide + 12 * smoothstep(0, 160, rows) - 20 * smoothstep(160, 330, rows)
    else:
        wide = np.where(rows > 22, np.maximum(me.half_width + volume - 0.25 * (rows - 22), 0), wide)
        wide = np.where(rows > sideburn + 30, 0, wide)
    half = np.interp(y, rows, wide)
    wavy = noise((y.size, 4), 34, rng)[:, :1] * (1.0 if volume > 5 else 0.4)
    outer = smoothstep(-2.5, 2.5, half + wavy - np.abs(x)) * smoothstep(top - 1, top + 3, y)
    outer = outer.astype(np.float32)
    if not long:
        outer = outer * smoothstep(sideburn + 26, sideburn + 6, y)
    reach = np.abs(x) / (me.half_width - (9 if long else 3))
    if long:
        reach = reach + 0.03 * noise((y.size, 4), 70, rng)[:, :1] * smoothstep(-60, 40, y)
    hairline = me.hairline_y + (drop * (1 - 0.55 * reach ** 2) if drop > 30 else 0 * reach)
    if me.hair_style == 'side':
        hairline = hairline + drop * smoothstep(-70, 95, x * side) - 6
    if me.hair_style == 'long':
        hairline = hairline - 14 * np.exp(-((x - 22 * side) / 26) ** 2) + 30 * reach ** 2
    end = min(sideburn, 420)
    edge = hairline + (end - hairline) * np.clip(reach, 0, 1.3) ** power + ragged * (1 if volume > 5 else 0.5)
    soft = {'buzz': 11.0, 'short': 7.0, 'tied': 7.0}.get(me.hair_style, 3.0)
    front = smoothstep(soft, -soft, y - edge).astype(np.float32) * outer
    behind = outer if long else outer * smoothstep(40, 10, y)
    return behind.astype(np.float32), front.astype(np.float32)


def _strand_paths(identity: Identity, mask: np.ndarray, x: np.ndarray, y: np.ndarray,
                  rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Candidate strands ``(n, 8, 2)`` in pixels that follow the style's flow, and which start in the mask."""
    me = identity
    style = me.hair_style
    # Every candidate draws its own numbers, so a mask that differs by a hair changes a hair.
    count = {'buzz': 4800, 'short': 3600}.get(style, 3000)
    reach, bottom = me.half_width + 30, 300 if style in ('long', 'fringe') else 30
    p = rng.uniform((-reach, me.crown_y - 30), (reach, bottom), (count, 2))
    part = rng.uniform(-40, 40)
    length = {'buzz': (2, 5), 'short': (14, 34), 'side': (30, 70), 'tied': (40, 80)}.get(style, (45, 110))
    step = rng.uniform(*length, count) / 7
    at = np.round(to_pixels(p, x, y)).astype(int)
    inside = ((at >= 0) & (at < (x.size, y.size))).all(axis=1)
    rooted = np.zeros(count, bool)
    rooted[inside] = mask[at[inside, 1], at[inside, 0]] > 0.5
    paths = [p]
    curl = rng.normal(0, 0.14, count)
    for _ in range(7):
        d = p - (part, me.crown_y - 90)
        if style in ('long', 'fringe'):
            d = d * (1.0, 0.45) + (0, 60) + np.stack([0 * d[:, 0], np.abs(d[:, 0]) * 1.3], axis=1)
        elif style == 'side':
            d = d * (0.8, 0.5) + (45 * np.sign(part), 20)
        elif style in ('short', 'buzz'):
            d = d + rng.normal(0, 14, d.shape)
        angle = np.arctan2(d[:, 1], d[:, 0]) + curl
        p = p + step[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        paths.append(p)
    return to_pixels(np.stack(paths, axis=1), x, y), rooted


def hair_colour(identity: Identity, mask: np.ndarray, x: np.ndarray, y: np.ndarray,
                rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Colour of the hair everywhere in a mask, and the coverage including strands that leave it.

    Returns:
        tuple[np.ndarray, np.ndarray]: ``(H, W, 3)`` and ``(H, W)``, float32.
    """
    me = identity
    paths, rooted = _strand_paths(me, mask, x, y, rng)
    widths, values = rng.uniform(0.8, 2.6, len(paths)), rng.uniform(0, 1, len(paths))
    cover, tone = strokes(mask.shape, paths[rooted], widths[rooted], values[rooted])
    tone = cv2.GaussianBlur(tone, (0, 0), 0.8)
    streaks = cv2.resize(noise((mask.shape[0] // 30, mask.shape[1]), 2.5, rng), mask.shape[::-1])
    tone += 0.10 * streaks * (1 - cover)
    locks = blur(tone, 6)
    gloss = np.exp(-((y - me.crown_y - 42 - 0.0012 * x * x) / 17) ** 2) * smoothstep(150, 60, np.abs(x))
    round_ = 1 - 0.5 * np.clip(np.abs(x) / (me.half_width + 25), 0, 1) ** 3
    value = (0.42 + 0.75 * tone + 0.9 * (locks - 0.5)) * round_ + (0.55 * gloss * (0.4 + 1.2 * tone) + 0.04)
    value = value * (1 + 0.25 * me.light[0] * np.clip(x / 150, -1, 1))
    colour = np.asarray(me.hair, np.float32) * np.clip(value, 0.05, 3)[..., None]
    colour += ((0.03 + 0.10 * gloss) * tone * tone * round_)[..., None].astype(np.float32)
    strand = cv2.GaussianBlur(cover, (0, 0), 0.7)
    near = np.clip(blur(mask, 4) * 2.2, 0, 1)
    alpha = np.maximum(mask * (0.8 if me.hair_style == 'buzz' else 1.0), 0.7 * strand * near)
    return colour, np.clip(alpha, 0, 1)


def shadow(mask: np.ndarray) -> np.ndarray:
    """Factor on the skin under the hair: its cast shadow, for a mask at two pixels per canonical pixel."""
    return 1 - 0.30 * np.clip(np.roll(blur(mask, 12), 14, axis=0), 0, 1)
