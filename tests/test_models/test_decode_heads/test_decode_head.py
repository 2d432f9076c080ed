"""What all decode heads share, on a head that is nothing but the classifier."""
import pytest
import torch

from mmseg.models.decode_heads import BaseCascadeDecodeHead, BaseDecodeHead
from mmseg.utils.errors import InputError

FEATURES = [torch.rand(1, 2, 4, 4), torch.rand(1, 3, 2, 2), torch.rand(1, 5, 2, 2)]


class Classifier(BaseDecodeHead):

    def forward(self, inputs):
        return self.cls_seg(self._transform_inputs(inputs))


def head(**options):
    return Classifier(**{**dict(in_channels=2, channels=2, num_classes=2, in_index=0), **options})


def test_one_input_is_chosen():
    assert head()._transform_inputs(FEATURES) is FEATURES[0]
    last = head(in_channels=5, in_index=-1)
    assert last._transform_inputs(FEATURES) is FEATURES[2]


def test_several_inputs_are_listed():
    listed = head(in_channels=[5, 2], in_index=[2, 0], input_transform='multiple_select')
    chosen = listed._transform_inputs(FEATURES)
    assert chosen[0] is FEATURES[2] and chosen[1] is FEATURES[0]


def test_several_inputs_are_resized_to_the_first_and_joined():
    joined = head(in_channels=[2, 3], in_index=[0, 1], input_transform='resize_concat',
                  align_corners=True)
    assert joined.in_channels == 5
    x = joined._transform_inputs(FEATURES)
    assert torch.equal(x[:, :2], FEATURES[0])
    torch.testing.assert_close(x[:, 2:, ::3, ::3], FEATURES[1])  # corners stay


@pytest.mark.parametrize('options, words', [
    (dict(input_transform='concat'), "'concat'"),
    (dict(in_channels=[2, 3]), 'lists need input_transform'),
    (dict(in_channels=[2, 3], in_index=[0], input_transform='multiple_select'), 'same length'),
    (dict(in_index=[0], input_transform='resize_concat'), 'same length'),
    (dict(out_channels=3), 'out_channels=3; expected num_classes=2, or 1'),
    (dict(loss_decode='CrossEntropyLoss'), 'loss_decode'),
])
def test_settings_that_do_not_fit(options, words):
    with pytest.raises(InputError, match=words):
        head(**options)


def test_channels_that_do_not_fit_are_named_with_both_numbers():
    with pytest.raises(InputError, match=r'in_channels=7 .* has 2 channels; set in_channels'):
        head(in_channels=7)(FEATURES)
    several = head(in_channels=[2, 7], in_index=[0, 1], input_transform='multiple_select')
    with pytest.raises(InputError, match=r'in_channels=7 .* has 3 channels'):
        several(FEATURES)
    with pytest.raises(InputError, match='in_index=3 .* 3 feature maps'):
        head(in_index=3)(FEATURES)


def zero_head(**options):
    """A head whose logits are 0 for every class."""
    made = head(dropout_ratio=0, **options)
    torch.nn.init.zeros_(made.conv_seg.weight)
    torch.nn.init.zeros_(made.conv_seg.bias)
    return made


LABEL = torch.tensor([[[[0, 1], [0, 255]]]])
LN2 = 0.693147


def test_losses_and_accuracy_by_hand():
    losses = zero_head().forward_train(FEATURES, [{}], LABEL, None)
    assert losses['loss_ce'].item() == pytest.approx(3 / 4 * LN2)
    assert losses['acc_seg'].item() == pytest.approx(200 / 3)
    assert set(losses) == {'loss_ce', 'acc_seg'}


def test_losses_of_the_same_name_are_added():
    losses = zero_head(loss_decode=[
        dict(type='CrossEntropyLoss'),
        dict(type='CrossEntropyLoss', loss_weight=2., avg_non_ignore=True),
        dict(type='CrossEntropyLoss', loss_name='loss_other', loss_weight=.4),
    ]).losses(torch.zeros(1, 2, 2, 2), LABEL)
    assert losses['loss_ce'].item() == pytest.approx((3 / 4 + 2) * LN2)
    assert losses['loss_other'].item() == pytest.approx(.4 * 3 / 4 * LN2)


def test_sampler_weighs_the_pixels():
    mined = zero_head(sampler=dict(type='OHEMPixelSampler', thresh=.6, min_kept=2))
    logits = torch.zeros(1, 2, 2, 2)
    logits[0, 0, 0, 0] = 5  # sure and right: no loss
    losses = mined.losses(logits, LABEL)
    assert losses['loss_ce'].item() == pytest.approx(2 / 4 * LN2)


def test_logits_are_resized_to_the_label():
    logits = torch.tensor([[[[0.]], [[9.]]]])
    losses = head().losses(logits, torch.ones(1, 1, 3, 3, dtype=torch.long))
    assert losses['acc_seg'].item() == 100 and losses['loss_ce'].item() < 1e-3


def test_one_logit_for_two_classes():
    options = dict(out_channels=1, loss_decode=dict(type='CrossEntropyLoss', use_sigmoid=True))
    with pytest.warns(UserWarning, match='0.3'):
        assert head(**options).threshold == .3
    single = zero_head(threshold=.6, **options)
    assert single.conv_seg.out_channels == 1 and single.num_classes == 2
    losses = single.losses(torch.tensor([[[[0., 1.], [1., 0.]]]]), LABEL)
    # sigmoid(0) = .5 lies below the threshold, sigmoid(1) = .73 above: right, right, wrong
    assert losses['acc_seg'].item() == pytest.approx(200 / 3)


def test_softmax_over_one_logit_is_warned_of(recwarn):
    head(out_channels=1, threshold=.5,
         loss_decode=[dict(type='CrossEntropyLoss', use_sigmoid=True)])
    assert not recwarn.list
    with pytest.warns(UserWarning, match='use_sigmoid=True'):
        head(out_channels=1, threshold=.5)


def test_gradients_survive_half_precision_logits():
    logits = torch.zeros(1, 2, 2, 2, dtype=torch.bfloat16, requires_grad=True)
    loss = head().losses(logits, LABEL)['loss_ce']
    loss.backward()
    assert loss.dtype == torch.float32 and logits.grad[0, :, 0, 0].tolist() == [-.125, .125]


def test_cascade_heads_get_the_logits_before():

    class Adding(BaseCascadeDecodeHead):

        def forward(self, inputs, prev_output):
            return prev_output + 1

    cascade = Adding(in_channels=2, channels=2, num_classes=2)
    before = torch.tensor([[[[4.]], [[0.]]]])
    assert torch.equal(cascade.forward_test(FEATURES, before, [{}], None), before + 1)
    losses = cascade.forward_train(FEATURES, before, [{}], torch.zeros(1, 1, 1, 1).long(), None)
    assert losses['acc_seg'].item() == 100
