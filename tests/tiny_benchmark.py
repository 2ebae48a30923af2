"""Things to measure that take milliseconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from toy_loso import write_loso_config

from fdp_mmaction.engine.benchmark.variant import Variant

REPO = Path(__file__).resolve().parents[1]
FDP = str(REPO / 'configs/fdp_synthetic.py')
MOL = str(REPO / 'configs/mol_synthetic.py')
TINY = {'model.backbone.stem_channels': [4, 4], 'model.backbone.stage_channels': [8],
        'model.backbone.global_channels': [16], 'model.backbone.head_channels': 4,
        'model.aux_heads.dynamic_image.channels': [4, 4, 4]}


def tiny_fdp(**settings: Any) -> Variant:
    """FDP with next to no channels, two clips a batch."""
    return Variant(FDP, **{'options': TINY, 'batch_size': 2, **settings})


def toy(folder: Path, **settings: Any) -> Variant:
    """A linear recognizer whose dataset is not there."""
    return Variant(str(write_loso_config(folder, folder / 'nowhere')), **settings)
