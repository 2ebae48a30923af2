# Ablation: no landmark task.
_base_ = ['../mol_synthetic.py']

model = dict(aux_heads=dict(landmarks=None))
test_evaluator = [metric for metric in _base_.test_evaluator if metric['type'] != 'LandmarkMetric']
val_evaluator = test_evaluator
