"""A trained model to look at."""

import pytest
from tiny_run import FDP, write_trained


@pytest.fixture
def trained(tmp_path):
    """Writes a work directory with a config and a checkpoint of random weights; gives the checkpoint."""
    def write(mode='learned', more=''):
        config = FDP.replace("mode='learned'", f"mode='{mode}'")
        checkpoint = write_trained(tmp_path / 'run', f'{config}\n{more}\n')
        (checkpoint.parent / 'other.py').write_text('x = 1\n')      # no config, so it is not taken for one
        return checkpoint
    return write
