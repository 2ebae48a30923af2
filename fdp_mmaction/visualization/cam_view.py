"""What there is to see of the evidence that a model finds in a clip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from fdp_mmaction.errors import DatasetError
from fdp_mmaction.functional.dynamic_image import dynamic_image, rescale_dynamic_image
from .class_activation import class_activation
from .clip_model import ClipModel
from .spatial_layers import default_layer, find_layer, spatial_layers


@dataclass(frozen=True)
class CamView:
    """Evidence on the frames that entered the network, at the size of the prepared folder.

    Attributes:
        name (str): Of the clip.
        frames (np.ndarray): ``(T, H, W)`` uint8.
        frame_ids (np.ndarray): ``(T,)`` their numbers.
        image (np.ndarray): ``(H, W)`` their dynamic image in [0, 1].
        evidence (np.ndarray): ``(T, H, W)`` of each frame, or ``(1, H, W)`` of the clip; above 0 for the class.
        per_frame (bool): Which of the two.
        classes (tuple[str, ...]): K names.
        probabilities (np.ndarray): ``(K,)``.
        target (int): Class that the evidence is for.
        truth (str): True class; empty where the protocol leaves the emotion out.
        layer (str): Where the evidence was found.
        method (str): How.
    """

    name: str
    frames: np.ndarray
    frame_ids: np.ndarray
    image: np.ndarray
    evidence: np.ndarray
    per_frame: bool
    classes: tuple[str, ...]
    probabilities: np.ndarray
    target: int
    truth: str
    layer: str
    method: str


def view_cam(model: ClipModel, record: Mapping[str, Any], target: str | None = None, layer: str | None = None,
             method: str = 'motion') -> CamView:
    """Find the evidence for a class in a prepared clip.

    Args:
        model (ClipModel): The trained model.
        record (Mapping): From :func:`~fdp_mmaction.visualization.clip_sources.read_prepared_record`.
        target (str, optional): Class. Defaults to None, the predicted one.
        layer (str, optional): Name of a layer. Defaults to None, that of
            :func:`~fdp_mmaction.visualization.spatial_layers.default_layer`.
        method (str): ``'motion'`` or ``'grad-cam'``, see :mod:`~fdp_mmaction.visualization.class_activation`.
            Defaults to ``'motion'``.

    Returns:
        CamView: Of the first clip that the test pipeline samples.

    Raises:
        DatasetError: If the class or the layer is unknown, the model tells no classes, or the clip cannot be read.
    """
    model.require_classes()
    classes = model.protocol.classes
    if target is not None and target not in classes:
        raise DatasetError(f'{target} is no class of {model.path}; its classes are {", ".join(classes)}.')
    inputs, sample = model.pack(record)
    frames = model.pack(record, full_size=True)[0][0, 0].numpy()                        # (T, H, W)
    probabilities = model.probabilities(inputs[:1]).numpy()
    label = int(probabilities.argmax()) if target is None else classes.index(target)
    clip = model.normalise(inputs[:1])
    found = find_layer(spatial_layers(model.model, clip), layer or default_layer(model.model))
    activation = class_activation(model.model, clip, label, found, method)
    height, width = frames.shape[1:]
    evidence = np.stack([cv2.resize(values, (width, height), interpolation=cv2.INTER_LINEAR)
                         for values in activation.maps.detach().numpy()])
    truth = model.protocol.mapping.get(str(record.get('emotion', '')), '')
    ids = np.asarray(record['frame_ids'])[np.asarray(sample.frame_inds)[:len(frames)]]
    return CamView(str(record['sample_id']), frames, ids, rescale_dynamic_image(dynamic_image(frames)), evidence,
                   activation.per_frame, classes, probabilities, label, truth, found.name, method)
