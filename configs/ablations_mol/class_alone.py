# Ablation: neither the optical-flow nor the landmark task.
_base_ = ['no_flow.py']

model = dict(aux_heads=dict(landmarks=None))
test_evaluator = val_evaluator = [dict(type='MERMetric')]
