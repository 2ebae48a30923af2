# Ablation: no dynamic-image task.
_base_ = ['../fdp_synthetic.py']

model = dict(aux_heads=None)
test_evaluator = [dict(type='MERMetric')]
val_evaluator = test_evaluator
