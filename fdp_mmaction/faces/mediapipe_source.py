"""Landmarks by the MediaPipe face mesh (Kartynnik et al., arXiv 1907.06724).

MediaPipe up to 0.10.21 carries its models (``solutions`` interface); newer versions need a face landmarker file
(``.task``) and the ``tasks`` interface. Both are imported when a source is built, not before.
"""

from __future__ import annotations

import atexit
import os
import threading
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from fdp_mmaction.errors import FaceError

from .box_source import find_face_box
from .crops import BoxFinder, Finder, face_width, find_in_crop
from .detected_source import DetectedLandmarks
from .mesh_points import MESH_SIZE, ibug_points

INSTALL = "pip install --no-deps mediapipe==0.10.14 absl-py attrs flatbuffers 'protobuf>=4.25.3,<5'"
"""Installs all that the face mesh imports; MediaPipe's own list adds jax and more."""

SMALL_FACE = 0.15
"""Faces narrower than this share of the image width are looked at again in a crop: the short-range detector places
the mesh badly or not at all there."""


@dataclass(frozen=True)
class MediapipeLandmarks(DetectedLandmarks):
    """Landmarks by MediaPipe, each image on its own (no tracking).

    Finders: ``mesh`` on the whole image; then, for faces that are missed or small, ``full_range_crop``: the full-range
    face detector, a crop of twice its box, the mesh in the crop. With a model file it is ``cascade_crop``: the box is
    that of scikit-image's cascade.

    Args:
        per (str): See :class:`DetectedLandmarks`. Defaults to 'frame'.
        onset_search (int): See :class:`DetectedLandmarks`. Defaults to 5.
        model (str | None): A face landmarker file (``.task``). Defaults to None: the models in the package.
        confidence (float): Least confidence of a detection, 0 to 1. Defaults to 0.5.
    """

    model: str | None = None
    confidence: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        module = import_mediapipe()
        if self.model is None and not hasattr(module, 'solutions'):
            raise FaceError(f'MediaPipe {module.__version__} carries no models: give a face landmarker file with '
                            f'--landmark-model, or install the version that does: {INSTALL}')
        if self.model is not None and not Path(self.model).is_file():
            raise FaceError(f'Model file {self.model} does not exist: give a face landmarker file (.task).')
        if self.model is not None:
            _open(self.model, self.confidence)      # a file that cannot be used is an error now, not once per clip

    def versions(self) -> dict[str, str]:
        """Name, version and interface."""
        return {'name': 'mediapipe', 'version': str(import_mediapipe().__version__),
                'interface': 'solutions' if self.model is None else 'tasks'}

    def finders(self) -> Sequence[tuple[str, Finder]]:
        """The mesh on the whole image, then in a crop."""
        find, find_box, crop = _open(self.model, self.confidence)
        return ('mesh', partial(_unless_small, find=find)), (crop, partial(find_in_crop, find_box=find_box, find=find))


def import_mediapipe() -> ModuleType:
    """Import MediaPipe.

    Returns:
        ModuleType: ``mediapipe``.

    Raises:
        FaceError: If it is not installed or cannot be imported, with the line that installs it.
    """
    os.environ.setdefault('GLOG_minloglevel', '2')
    try:
        import mediapipe
    except ModuleNotFoundError as error:
        raise FaceError(f'MediaPipe or a part of it is not installed ({error}): {INSTALL}') from None
    except Exception as error:      # another protobuf, a broken binary: anything
        raise FaceError(f'MediaPipe cannot be imported ({type(error).__name__}): {INSTALL}') from error
    return mediapipe


def _unless_small(image: np.ndarray, find: Finder) -> np.ndarray | None:
    points = find(image)
    return None if points is None or face_width(points) < SMALL_FACE * image.shape[1] else points


@lru_cache(maxsize=1)
def _open(model: str | None, confidence: float) -> tuple[Finder, BoxFinder, str]:
    """One detector per process: opening takes longer than many images."""
    module = import_mediapipe()
    warnings.filterwarnings('ignore', message=r'SymbolDatabase\.GetPrototype')      # protobuf, on every call
    if model is not None:
        return partial(_find_by_task, landmarker=_open_task(model, confidence), module=module), find_face_box, \
            'cascade_crop'
    mesh = module.solutions.face_mesh.FaceMesh(static_image_mode=True, max_num_faces=1,
                                               min_detection_confidence=confidence)
    detector = module.solutions.face_detection.FaceDetection(model_selection=1, min_detection_confidence=confidence)
    return partial(_find_by_mesh, mesh=mesh), partial(_find_box, detector=detector), 'full_range_crop'


def _open_task(model: str, confidence: float) -> Any:
    from mediapipe.tasks.python import vision
    from mediapipe.tasks.python.core.base_options import BaseOptions
    options = vision.FaceLandmarkerOptions(base_options=BaseOptions(model_asset_path=model), num_faces=1,
                                           min_face_detection_confidence=confidence)
    try:
        landmarker = vision.FaceLandmarker.create_from_options(options)
    except (RuntimeError, ValueError) as error:
        raise FaceError(f'MediaPipe cannot use the model file {Path(model).name}: give a face landmarker file '
                        '(.task).') from error
    # Newer versions close by a thread pool: before the thread pools are shut down, and atexit comes later.
    getattr(threading, '_register_atexit', atexit.register)(landmarker.close)
    return landmarker


def _find_by_mesh(image: np.ndarray, mesh: Any) -> np.ndarray | None:
    faces = mesh.process(image).multi_face_landmarks
    return _points(faces[0].landmark, image) if faces else None


def _find_by_task(image: np.ndarray, landmarker: Any, module: ModuleType) -> np.ndarray | None:
    faces = landmarker.detect(module.Image(image_format=module.ImageFormat.SRGB, data=image)).face_landmarks
    return _points(faces[0], image) if faces else None


def _points(vertices: Sequence[Any], image: np.ndarray) -> np.ndarray | None:
    mesh = np.array([(vertex.x, vertex.y) for vertex in vertices])
    return ibug_points(mesh, image.shape[1], image.shape[0]) if len(mesh) >= MESH_SIZE else None


def _find_box(image: np.ndarray, detector: Any) -> tuple[float, float, float, float] | None:
    height, width = image.shape[:2]
    boxes = [found.location_data.relative_bounding_box for found in detector.process(image).detections or ()]
    if not boxes:
        return None
    box = max(boxes, key=lambda one: one.width * one.height)
    return box.xmin * width, box.ymin * height, box.width * width, box.height * height
