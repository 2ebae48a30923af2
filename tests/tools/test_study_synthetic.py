import json
import subprocess
import sys
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]


def test_only_the_left_out_subjects_are_scored(tmp_path):
    out = tmp_path / 'study.json'
    subprocess.run([sys.executable, 'tools/study_synthetic.py', '--presets', 'easy', '--subjects', '3', '--clips', '5',
                    '--left-out', 'sub02', '--workers', '1', '--size', '72', '--out', str(out)],
                   cwd=REPO, check=True, env={'PYTHONPATH': str(REPO), 'OMP_NUM_THREADS': '1', 'PATH': ''})
    result = json.loads(out.read_text())
    assert result['left_out'] == ['sub02']
    for kind in ('static', 'flow'):
        (run,) = result['presets']['easy'][kind]['runs']
        assert run['ACC'] in (0, 0.2, 0.4, 0.6, 0.8, 1)      # five MEs of one subject
