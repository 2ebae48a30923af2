"""What the page shows and hands out of one video: plain data, so that it can come from another process."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import dataclass
from typing import Any

NOTICE = ('Result of a research tool. Scores are those of a model for the classes of a dataset; they do not tell what '
          'a person thinks or feels, or whether somebody lies. Use with the consent of the recorded person only.')
"""Part of every file that is handed out."""


@dataclass(frozen=True)
class Answer:
    """What there is to see of one video.

    Attributes:
        prediction (dict): :meth:`~fdp_mmaction.apis.VideoPrediction.to_json`.
        shown (int): Index of the clip that pictures show.
        model (str): Name of the model.
        seconds (float): How long it took.
        pictures (dict): PNG files by name: ``timeline``, ``timeline_narrow``, and those of ``dynamic_image``,
            ``dynamic_image_by_model``, ``motion``, ``cam`` that there are.
        faces (tuple[bytes, ...]): PNG files of the aligned faces that the model saw.
        truth (str): What is true of an example. Defaults to empty.
        chosen (bool): The clip that pictures show was asked for; else it is the strongest. Defaults to False.
    """

    prediction: dict[str, Any]
    shown: int
    model: str
    seconds: float
    pictures: dict[str, bytes]
    faces: tuple[bytes, ...]
    truth: str = ''
    chosen: bool = False

    @property
    def clip(self) -> dict[str, Any]:
        """The clip that pictures show."""
        return self.prediction['clips'][self.shown]

    def to_json(self) -> dict[str, Any]:
        """The file to hand out, without pictures."""
        return dict(notice=NOTICE, model=self.model, shown_clip=self.shown, **self.prediction)


def scores_table(prediction: dict[str, Any]) -> list[list[str | int | float]]:
    """One row for each clip, below a heading.

    Args:
        prediction (dict): :meth:`~fdp_mmaction.apis.VideoPrediction.to_json`.

    Returns:
        list[list]: Onset, offset, their seconds where they are known, class, and the score of each class.
    """
    timed = any('seconds' in clip for clip in prediction['clips'])
    heading = ['onset', 'offset', *(['onset_seconds', 'offset_seconds'] if timed else []), 'class']
    return [[*heading, *(f'score_{name}' for name in prediction['classes'])],
            *([clip['onset'], clip['offset'], *(clip.get('seconds', ['', '']) if timed else []), clip['class_name'],
               *clip['scores']] for clip in prediction['clips'])]


def pack_json(answer: Answer) -> bytes:
    """The answer as a JSON file.

    Args:
        answer (Answer): The answer.

    Returns:
        bytes: The file's content.
    """
    return json.dumps(answer.to_json(), indent=1, ensure_ascii=False).encode()


def pack_zip(answer: Answer) -> bytes:
    """The answer with its pictures.

    Args:
        answer (Answer): The answer.

    Returns:
        bytes: A ZIP of ``result.json``, ``scores.csv`` and the pictures.
    """
    table = io.StringIO()
    csv.writer(table, lineterminator='\n').writerows(scores_table(answer.prediction))
    files = {'result.json': pack_json(answer), 'scores.csv': table.getvalue().encode()}
    files.update({f'{name}.png': picture for name, picture in answer.pictures.items() if not name.endswith('_narrow')})
    files.update({f'faces/{number:06d}.png': face for number, face in zip(answer.clip['frames'], answer.faces)})
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w', zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()
