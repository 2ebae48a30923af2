"""What a model card says, as plain data that travels through JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class ModelFacts:
    """What the model is.

    Args:
        name (str): Of its config, for example ``fdp_casme2``.
        method (str): Key of :data:`~fdp_mmaction.engine.publishing.card.METHODS`; empty for a foreign network.
        components (Mapping[str, str]): Part -> registered class, in order.
        parameters (int | None): Weights that are learned. Defaults to None: not counted.
        takes (str): What goes in, in words. Defaults to ``''``.
        single_clips (bool): Whether it can be shown a clip by itself. Defaults to False.
        origin (str): Whose weights they are, in words. Defaults to those of this project.
        data_setting (str): Setting of its config that names the prepared folder it is tested on, for
            ``--cfg-options``. Defaults to ``''``: there is none, or there are several.
    """

    name: str
    method: str
    components: Mapping[str, str]
    parameters: int | None = None
    takes: str = ''
    single_clips: bool = False
    origin: str = 'built and trained by fdp_mmaction; not the weights of the authors'
    data_setting: str = ''


@dataclass(frozen=True)
class Part:
    """A part of the data.

    Args:
        classes (Mapping[str, int]): MEs of each class.
        subjects (tuple[str, ...]): Pseudonyms of the dataset.
    """

    classes: Mapping[str, int]
    subjects: tuple[str, ...]


@dataclass(frozen=True)
class DataFacts:
    """What it was trained on.

    Args:
        datasets (tuple[str, ...]): Names, as in ``METAINFO`` of the dataset classes.
        protocol (str): Which emotions count, and as which class.
        classes (tuple[str, ...]): In label order.
        parts (Mapping[str, Part]): Name of a part, such as ``training`` -> what is in it. Defaults to none: not known.
        split (str): Who was left out, in words. Defaults to ``''``.
        preparation (tuple[str, ...]): How the clips were made, in words. Defaults to none: not known.
    """

    datasets: tuple[str, ...]
    protocol: str
    classes: tuple[str, ...]
    parts: Mapping[str, Part] = field(default_factory=dict)
    split: str = ''
    preparation: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scores:
    """One evaluation.

    Args:
        how (str): What was evaluated on whom, in words.
        values (Mapping[str, tuple[float, float | None, float | None]]): Score -> value and the ends of its 95 %
            interval, None where there is none.
        warnings (tuple[str, ...]): What must be said with it. Defaults to none.
    """

    how: str
    values: Mapping[str, tuple[float, float | None, float | None]]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class WeightsFile:
    """A file of weights.

    Args:
        name (str): Relative to the card.
        size (int): Bytes.
        sha256 (str): Of its content.
        about (str): Which training it is of, in words. Defaults to ``''``.
        subject (str): Whom ``ME_TEST_SUBJECT`` must name when these weights are tested. Defaults to ``''``: the config
            says it.
    """

    name: str
    size: int
    sha256: str
    about: str = ''
    subject: str = ''


@dataclass(frozen=True)
class CardFacts:
    """All that a card says.

    Args:
        model (ModelFacts): What the model is.
        data (DataFacts): What it was trained on.
        training (Mapping[str, str]): Setting -> value, in words.
        environment (Mapping[str, str]): Versions and device of the training.
        scores (tuple[Scores, ...]): Evaluations. Defaults to none.
        config (str): File of the config, relative to the card. Defaults to ``''``: not kept.
        checkpoint (str): File of weights that the commands name, relative to the card. Defaults to ``''``: not kept.
        files (tuple[WeightsFile, ...]): Published files. Defaults to none.
        limits (tuple[str, ...]): What is special about this one. Defaults to none.
        title (str): Heading of the card. Defaults to ``''``: the name of the model.
    """

    model: ModelFacts
    data: DataFacts
    training: Mapping[str, str]
    environment: Mapping[str, str]
    scores: tuple[Scores, ...] = ()
    config: str = ''
    checkpoint: str = ''
    files: tuple[WeightsFile, ...] = ()
    limits: tuple[str, ...] = ()
    title: str = ''

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> CardFacts:
        """What :meth:`to_json` gave.

        Args:
            content (Mapping): Read from JSON.

        Returns:
            CardFacts: The facts.

        Raises:
            KeyError: If something is missing; TypeError if something is unknown.
        """
        data = dict(content['data'], parts={name: Part(part['classes'], tuple(part['subjects']))
                                            for name, part in content['data']['parts'].items()})
        scores = [Scores(one['how'], {name: tuple(value) for name, value in one['values'].items()},
                         tuple(one['warnings'])) for one in content['scores']]
        return cls(**dict(
            content, model=ModelFacts(**content['model']), data=DataFacts(**_tuples(data)), scores=tuple(scores),
            files=tuple(WeightsFile(**file) for file in content['files']), limits=tuple(content['limits'])))


def _tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
