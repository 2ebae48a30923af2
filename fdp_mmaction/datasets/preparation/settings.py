"""Settings of the preparation."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path

from fdp_mmaction.errors import DatasetError

ALIGN_MODES = ('onset', 'frame')


@dataclass(frozen=True)
class PreparationSettings:
    """How the frames of a release become aligned frames.

    Args:
        size (int): Side of the aligned square in pixels, 16..1024. Defaults to 144.
        align (str): ``'onset'``: one transform per clip, from the landmarks of its first frame, because the noise
            of landmarks is as large as a micro-expression. ``'frame'``: one transform per frame, as the released
            codes of FDP and MOL do. Defaults to 'onset'.
        box_factor (float): Enlargement of the five-point box. Defaults to 2.5.
        border (int): Grey level outside the source image. Defaults to 128.
        landmark_source (str): Name in :data:`fdp_mmaction.faces.landmark_sources.LANDMARK_SOURCES`.
            Defaults to 'precomputed'.
        landmark_options (dict[str, object]): Arguments of that source, and ``on_missing`` and ``smooth`` of
            :func:`~fdp_mmaction.faces.landmark_sources.build_landmark_source`. Defaults to none.
        max_fallbacks (float): Greatest share of clips, 0 to 1, whose landmarks may be found in another way than the
            first; more end the preparation with an error. Defaults to 0.1.
    """

    size: int = 144
    align: str = 'onset'
    box_factor: float = 2.5
    border: int = 128
    landmark_source: str = 'precomputed'
    landmark_options: dict[str, object] = field(default_factory=dict, hash=False)
    max_fallbacks: float = 0.1

    def __post_init__(self) -> None:
        check_size(self.size)
        if self.align not in ALIGN_MODES:
            raise DatasetError(f'Unknown align mode {self.align!r}: choose one of {", ".join(ALIGN_MODES)}.')
        if not self.box_factor > 0 or not 0 <= self.border <= 255:
            raise DatasetError('box_factor must be positive and border a grey level 0..255.')
        if not 0 <= self.max_fallbacks <= 1:
            raise DatasetError(f'The share of fallbacks allowed must lie within 0..1, got {self.max_fallbacks}.')

    def to_json(self) -> dict[str, object]:
        """The settings as written to ``preparation.json``; of paths only the last part.

        ``max_fallbacks`` is not among them: it changes no clip.
        """
        options = {name: Path(value).name if isinstance(value, (str, Path)) else value
                   for name, value in self.landmark_options.items()}
        settings = {**asdict(self), 'landmark_options': options}
        del settings['max_fallbacks']
        return settings


def check_size(size: int) -> None:
    """Refuse an image size out of range.

    Args:
        size (int): Side in pixels.

    Raises:
        DatasetError: If it is not within 16..1024.
    """
    if not 16 <= size <= 1024:
        raise DatasetError(f'Size {size} is out of range: choose 16 to 1024 pixels (144 is usual).')
