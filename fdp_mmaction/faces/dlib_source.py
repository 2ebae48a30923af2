"""Landmarks by dlib: its HOG face detector and a 68-point predictor file of the user's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from fdp_mmaction.errors import FaceError

from .crops import Finder
from .detected_source import DetectedLandmarks

INSTALL = 'pip install dlib-bin'


@dataclass(frozen=True)
class DlibLandmarks(DetectedLandmarks):
    """Landmarks by dlib (Kazemi and Sullivan, CVPR 2014), as the released code of FDP uses it.

    Finders: ``hog`` finds faces from 80 pixels on; ``hog_upsampled`` looks at the image at twice its size, for faces
    from 40 pixels on.

    Args:
        per (str): See :class:`DetectedLandmarks`. Defaults to 'frame'.
        onset_search (int): See :class:`DetectedLandmarks`. Defaults to 5.
        model (str | None): The predictor, for example ``shape_predictor_68_face_landmarks.dat``. Needed.
    """

    model: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        import_dlib()
        if self.model is None or not Path(self.model).is_file():
            raise FaceError(f'The landmark source dlib needs a 68-point predictor file, and {self.model} is none: '
                            'give --landmark-model FILE.')
        _open(self.model)

    def versions(self) -> dict[str, str]:
        """Name and version."""
        return {'name': 'dlib', 'version': str(import_dlib().__version__)}

    def finders(self) -> Sequence[tuple[str, Finder]]:
        """The detector on the image as it is, then on the image at twice its size."""
        assert self.model is not None
        detector, predictor = _open(self.model)
        return tuple((name, partial(_find, detector=detector, predictor=predictor, upsample=upsample))
                     for name, upsample in (('hog', 0), ('hog_upsampled', 1)))


def import_dlib() -> ModuleType:
    """Import dlib.

    Returns:
        ModuleType: ``dlib``.

    Raises:
        FaceError: If it is not installed or cannot be imported, with the line that installs it.
    """
    try:
        import dlib
    except ModuleNotFoundError:
        raise FaceError(f'dlib is not installed: {INSTALL}') from None
    except Exception as error:      # a broken binary: anything
        raise FaceError(f'dlib cannot be imported ({type(error).__name__}): {INSTALL}') from error
    return dlib


@lru_cache(maxsize=1)
def _open(model: str) -> tuple[Any, Any]:
    dlib = import_dlib()
    try:
        predictor = dlib.shape_predictor(model)
        blank = np.zeros((64, 64, 3), dtype=np.uint8)
        parts = predictor(blank, dlib.rectangle(8, 8, 56, 56)).num_parts
    except RuntimeError as error:
        raise FaceError(f'dlib cannot read {Path(model).name}: give a 68-point predictor file, unpacked.') from error
    if parts != 68:
        raise FaceError(f'{Path(model).name} predicts {parts} points: give a 68-point predictor file.')
    return dlib.get_frontal_face_detector(), predictor


def _find(image: np.ndarray, detector: Any, predictor: Any, upsample: int) -> np.ndarray | None:
    boxes = list(detector(image, upsample))
    if not boxes:
        return None
    shape = predictor(image, max(boxes, key=lambda box: box.area()))
    return np.array([(shape.part(index).x, shape.part(index).y) for index in range(68)], dtype=np.float64)
