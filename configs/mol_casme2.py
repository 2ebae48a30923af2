# MOL on CASME II, 5 classes, one subject left out (ME_TEST_SUBJECT, default sub17).
_base_ = [
    '_base_/models/mol.py', '_base_/datasets/mol_casme2.py', '_base_/schedules/mol.py', '_base_/default_runtime.py'
]
default_hooks = dict(checkpoint=dict(interval=25))      # epochs; a file with its optimiser is half a gigabyte
