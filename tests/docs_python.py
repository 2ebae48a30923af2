"""Python blocks of the documentation: which are configs, and checking and running them."""

from __future__ import annotations

import ast
from pathlib import Path

from docs_sandbox import program
from markdown_pages import REPO, Block
from mmengine.config import Config
from mmengine.registry import init_default_scope

import fdp_mmaction  # noqa: F401
from fdp_mmaction.registry import DATASETS, METRICS, MODELS, TRANSFORMS

BASES = {'mol.md': 'configs/mol_casme2.py'}
"""What settings without a ``_base_`` are put into, by page."""


def assigned(block: Block) -> list[str]:
    """Names that a block assigns."""
    return [target.id for statement in ast.parse(block.text).body if isinstance(statement, ast.Assign)
            for target in statement.targets if isinstance(target, ast.Name)]


def is_config(block: Block) -> bool:
    """Whether a block is a config, or settings out of one: it assigns and does nothing else."""
    return (all(isinstance(statement, ast.Assign) for statement in ast.parse(block.text).body)
            and bool({'_base_', 'model'} & set(assigned(block))))


def config_texts(block: Block) -> list[str]:
    """Configs that a block stands for: one, or one for each of several settings of the same name."""
    lines, names = block.text.replace('/path/to/fdp_mmaction', str(REPO)), assigned(block)
    if '_base_' in names:
        return [lines]
    base = BASES.get(block.page.name)
    head = f'_base_ = [{base!r}]\n' if base else ''
    if len(set(names)) == len(names):
        return [head + lines]
    return [head + ast.get_source_segment(lines, statement) for statement in ast.parse(lines).body]


def check_config(path: Path, folder: Path) -> None:
    """Build all that a config names, but for the datasets themselves."""
    with program('', [], [('PYTHONPATH', '.')], folder):
        cfg = Config.fromfile(path)
        init_default_scope('mmaction')
        MODELS.build(cfg.model)
        for loader in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
            dataset = cfg.get(loader, {}).get('dataset')
            if dataset:
                DATASETS.get(dataset.type).resolve_protocol(dataset.get('protocol', '5-class'))
                for step in dataset.pipeline:
                    TRANSFORMS.build(step)
        for metric in cfg.get('test_evaluator', []):
            METRICS.build(metric)


def run_block(block: Block, folder: Path) -> None:
    """Run a block in a folder."""
    with program('', [], [('PYTHONPATH', '.')], folder):
        exec(compile(block.text, block.place, 'exec'), {'__name__': block.place})
