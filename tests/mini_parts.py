"""Prepared folders of CASME II, SAMM and SMIC with frames of noise, as parts of a composite."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from fdp_mmaction.datasets.preparation.folder import FORMAT, PreparedFolder
from fdp_mmaction.datasets.preparation.settings import PreparationSettings

SIZE = 16
FPS = {'casme2': 200, 'samm': 200, 'smic': 100}
CASME2 = (('sub01', 'EP02_01f', 'happiness'), ('sub01', 'EP03_02', 'others'), ('sub04', 'EP12_01f', 'repression'),
          ('sub04', 'EP12_02f', 'disgust'), ('sub05', 'EP03_06', 'surprise'), ('sub05', 'EP19_03f', 'disgust'),
          ('sub06', 'EP10_08', 'fear'))
SAMM = (('006', '006_1_2', 'anger'), ('006', '006_3_5', 'surprise'), ('007', '007_6_1', 'happiness'),
        ('025', '025_4_2', 'others'), ('026', '026_1_1', 'fear'))
SMIC = (('s01', 's01_ne_01', 'negative'), ('s01', 's01_po_01', 'positive'), ('s11', 's11_sur_01', 'surprise'))
LISTED = ('sub01_EP02_01f', 'sub04_EP12_02f', 'sub05_EP03_06', '006_006_1_2', '006_006_3_5', '007_007_6_1',
          '026_026_1_1', 's01_s01_ne_01', 's01_s01_po_01', 's11_s11_sur_01')


def write_part(folder: Path, dataset: str, samples: Iterable[tuple[str, str, str]], size: int = SIZE,
               align: str = 'onset', lost: Iterable[tuple[str, str]] = (), frames: int = 3) -> Path:
    """Write a prepared folder: subject, clip and emotion of each sample; item and reason of each loss."""
    part = PreparedFolder(folder)
    settings = PreparationSettings(size=size, align=align if align != 'none' else 'onset')
    identity = {'dataset': dataset, 'source': {'folder': dataset}, 'layout': 'raw',
                'settings': settings.to_json()}
    part.open(identity)
    rng = np.random.default_rng(len(dataset))
    data_list = []
    for subject, clip, emotion in samples:
        points = None if align == 'none' else rng.uniform(0, size, (frames, 68, 2))
        part.write_clip(subject, clip, rng.integers(0, 256, (frames, size, size)), points)
        data_list.append({
            'sample_id': f'{dataset}/{subject}/{clip}', 'dataset': dataset, 'subject': subject, 'clip': clip,
            'emotion': emotion, 'onset': 1, 'apex': 2, 'offset': frames, 'apex_source': 'sheet',
            'frame_ids': list(range(1, frames + 1)), 'action_units': [], 'objective_class': None,
            'num_frames': frames, 'frames': part.frames_file(subject, clip),
            'landmarks': None if points is None else part.landmarks_file(subject, clip)})
    metainfo = {'dataset': dataset, 'fps': FPS.get(dataset, 30), 'align': align, 'image_size': size, 'frames': 'gray',
                'format': FORMAT}
    part.write_annotations(metainfo, data_list)
    part.write_report({'complete': True, 'identity': {'format': FORMAT, **identity},
                       'left_out': [{'item': item, 'reason': reason, 'lost': True} for item, reason in lost]})
    return folder


def write_parts(root: Path, **options: object) -> dict[str, Path]:
    """Write the three parts into ``root``."""
    return {name: write_part(root / name, name, samples, **options)
            for name, samples in (('casme2', CASME2), ('samm', SAMM), ('smic', SMIC))}
