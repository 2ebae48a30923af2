from fdp_mmaction.datasets.protocol import Protocol, identity_protocol


def test_labels_follow_the_class_order_and_others_are_left_out():
    mapping = dict(disgust='negative', fear='negative', happiness='positive')
    protocol = Protocol('2-class', ('negative', 'positive'), mapping)
    assert [protocol.label(e) for e in ('happiness', 'fear', 'disgust', 'surprise')] == [1, 0, 0, None]


def test_identity_protocol():
    protocol = identity_protocol('2-class', ('b', 'a'), dict(a=1, b=2), num_subjects=3)
    assert protocol.label('a') == 1 and protocol.mapping == dict(a='a', b='b') and protocol.num_subjects == 3
