"""A config that says nothing about the machine it was used on."""

from __future__ import annotations

from mmengine.config import Config

from fdp_mmaction.engine.loso.fold_config import PLACEHOLDER, leaves

from .gather import dataset_class
from .licences import prepared_folder
from .paths import last_part, portable

_LEFT_OUT = ('work_dir', 'resume', 'load_from', 'launcher')
"""Settings of one run: a published config starts and ends with none."""


def portable_config(cfg: Config, subject: str = '', variables: bool = True) -> str:
    """A config as text, in one file, without the places of one machine.

    Prepared folders are looked for where the project's configs look for them: in ``data/<dataset>``, or where the
    environment variable says.

    Args:
        cfg (Config): As used.
        subject (str): In the place of the placeholder of a leave-one-subject-out run: the default of
            ``ME_TEST_SUBJECT``. Defaults to ``''``: the config has no placeholder.
        variables (bool): Let environment variables decide. Defaults to True; otherwise they are filled in.

    Returns:
        str: Python, as :meth:`mmengine.config.Config.dump` writes it.
    """
    replaced = {}
    for part in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        for leaf in leaves(cfg[part].dataset) if cfg.get(part) else ():
            kind, root = dataset_class(leaf), leaf.get('data_root')
            place = prepared_folder(kind.METAINFO['dataset_name']) if kind else None
            if root:
                folder = place[1] if place else f'data/{last_part(root.rstrip("/"))}'
                replaced[root] = f'{{{{${place[0]}:{folder}}}}}' if place and variables else folder
    if subject:
        replaced[PLACEHOLDER] = f'{{{{$ME_TEST_SUBJECT:{subject}}}}}' if variables else subject
    settings = {key: value for key, value in cfg.to_dict().items() if key not in _LEFT_OUT}
    return Config(portable(settings, replaced)).pretty_text
