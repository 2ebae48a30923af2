"""The same synthetic clips written out as five releases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import mini_casme2
import mini_casme3
import mini_casme_squared
import mini_samm
import numpy as np

from fdp_mmaction.datasets.synthetic import SyntheticConfig, plan_clips
from fdp_mmaction.datasets.synthetic.clip import render_clip

GAP = 1000
"""Added to the frame numbers of each further clip, since a subject's clips share a long video in some releases."""


@dataclass(frozen=True)
class Shot:
    """A rendered clip, compressed once, so that every release holds the same pixels."""

    subject: int        # from 1
    clip: int           # from 0, within the subject
    jpegs: tuple[bytes, ...]
    frame_ids: tuple[int, ...]
    apex: int
    landmarks: np.ndarray


def render_shots(subjects: int = 2, clips: int = 2, height: int = 120, width: int = 160) -> list[Shot]:
    """Render a few clips."""
    shots = []
    for plan in plan_clips(SyntheticConfig(num_subjects=subjects, clips_per_subject=clips, seed=3)):
        clip = render_clip(plan, height, width)
        first = GAP * (plan.clip_index + 1)
        jpegs = tuple(cv2.imencode('.jpg', frame)[1].tobytes() for frame in clip.frames)
        shots.append(Shot(plan.subject_index + 1, plan.clip_index, jpegs, tuple(range(first, first + len(jpegs))),
                          first + plan.apex - plan.onset, clip.landmarks))
    return shots


def _write_frames(shot: Shot, folder: Path, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, jpeg in zip(shot.frame_ids, shot.jpegs):
        path = folder / name.format(number)
        if path.suffix == '.jpg':
            path.write_bytes(jpeg)
        else:
            # Grey at once: a decoder takes the grey levels of a JPEG as they are stored, not from its colours.
            cv2.imwrite(str(path), cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE))


def _ends(shot: Shot) -> tuple[int, int, int]:
    return shot.frame_ids[0], shot.apex, shot.frame_ids[-1]


def write_casme2(shots: list[Shot], root: Path) -> Iterator[tuple[str, str]]:
    rows = []
    for shot in shots:
        onset, apex, offset = _ends(shot)
        subject, clip = f'sub{shot.subject:02d}', f'EP{shot.clip:02d}_01f'
        _write_frames(shot, root / 'CASME2_RAW_selected' / subject / clip, 'img{}.jpg')
        rows.append((shot.subject, clip, None, onset, apex, offset, None, '4', 'others'))
        yield subject, clip
    mini_casme2.write_sheet(root / 'CASME2-coding-20140508.xlsx', rows)


def write_samm(shots: list[Shot], root: Path) -> Iterator[tuple[str, str]]:
    rows = []
    for shot in shots:
        subject, clip = f'{shot.subject + 5:03d}', f'{shot.subject + 5:03d}_{shot.clip + 1}_1'
        _write_frames(shot, root / 'SAMM' / subject / clip, subject + '_{:05d}.jpg')
        rows.append(mini_samm.Row(shot.subject + 5, clip, *_ends(shot), '4', 'Other').cells())
        yield subject, clip
    mini_samm.write_sheet(root / 'SAMM_Micro_FACS_Codes_v2.xlsx', rows)


def write_smic(shots: list[Shot], root: Path) -> Iterator[tuple[str, str]]:
    for shot in shots:
        _write_frames(shot, root / f'SMIC_all_raw/HS/s{shot.subject}/micro/negative/s{shot.subject}_ne_{shot.clip:02d}',
                      'image{:06d}.bmp')
        yield f's{shot.subject:02d}', f's{shot.subject:02d}_ne_{shot.clip:02d}'


def write_casme_squared(shots: list[Shot], root: Path) -> Iterator[tuple[str, str]]:
    rows = []
    for shot in shots:
        number = (15, 16, 19)[shot.subject - 1]
        _write_frames(shot, root / f'rawpic/s{number}/{number}_0102eatingworms', 'img{:03d}.jpg')
        rows.append((shot.subject, f'disgust2_{shot.clip + 1}', *_ends(shot), '4', 'others', 'micro-expression'))
        yield f's{number}', f'disgust2_{shot.clip + 1}_{shot.frame_ids[0]}'
    mini_casme_squared.write_book(root / 'CAS(ME)^2code_final.xlsx', rows)


def write_casme3(shots: list[Shot], root: Path) -> Iterator[tuple[str, str]]:
    rows = []
    for shot in shots:
        _write_frames(shot, root / f'part_A/spNO.{shot.subject}/b/color', '{}.jpg')
        rows.append((f'spNO.{shot.subject}', 'b', *_ends(shot), '4', 'I', 'others'))
        yield f'spNO.{shot.subject}', f'b_{shot.frame_ids[0]}'
    mini_casme3.write_label_sheet(root / 'cas(me)3_part_A_ME_label_JpgIndex_v2.xlsx', rows)


Writer = Callable[[list[Shot], Path], Iterator[tuple[str, str]]]
WRITERS: dict[str, Writer] = {'casme2': write_casme2, 'samm': write_samm, 'smic': write_smic,
                              'casme_squared': write_casme_squared, 'casme3': write_casme3}


def write_release(name: str, shots: list[Shot], root: Path) -> dict[tuple[int, int], tuple[str, str]]:
    """Write a release, and its landmarks into ``root/landmarks``.

    Returns:
        dict: Subject and clip of each shot to those of its sample.
    """
    samples = {}
    for shot, (subject, clip) in zip(shots, list(WRITERS[name](shots, root))):
        path = root / 'landmarks' / subject / f'{clip}.npz'
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, landmarks=shot.landmarks.astype(np.float32), frame_ids=np.array(shot.frame_ids))
        samples[shot.subject, shot.clip] = subject, clip
    return samples
