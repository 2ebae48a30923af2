# Ablation: no optical-flow task.
_base_ = ['../mol_synthetic.py']

model = dict(aux_heads=dict(flow=None))
train_pipeline = [step for step in _base_.train_pipeline if step['type'] != 'FlowTarget']
test_pipeline = [step for step in _base_.test_pipeline if step['type'] != 'FlowTarget']
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
test_dataloader = val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_evaluator = val_evaluator = [dict(type='MERMetric'), dict(type='LandmarkMetric')]
