import torch

from mmseg.ops import MultiScaleDeformableAttention
from mmseg.ops.deform_attention import sample_levels


def test_values_are_taken_at_the_places_of_each_map():
    # one head, two maps: 2 x 2 pixels and a single one
    value = torch.tensor([1., 2., 3., 4., 10.]).view(1, 5, 1, 1)
    # the centre of the second pixel, the middle of all four, and the single pixel's centre
    first = torch.tensor([[.75, .25], [.5, .5]])
    second = torch.tensor([[.5, .5], [.5, .5]])
    places = torch.stack([first, second])[None, None, None]  # (N, Q, M, L, P, 2)
    weights = torch.tensor([[1., 0.], [0., .5]])[None, None, None]
    assert sample_levels(value, [(2, 2), (1, 1)], places, weights).tolist() == [[[2. + 5.]]]
    weights = torch.tensor([[0., 1.], [0., 0.]])[None, None, None]
    assert sample_levels(value, [(2, 2), (1, 1)], places, weights).tolist() == [[[2.5]]]


def test_outside_a_map_there_is_nothing():
    value = torch.ones(1, 4, 1, 1)
    places = torch.tensor([[-1., .5]]).view(1, 1, 1, 1, 1, 2)
    assert sample_levels(value, [(2, 2)], places, torch.ones(1, 1, 1, 1, 1)).tolist() == [[[0.]]]


def test_each_head_begins_with_a_direction_of_its_own():
    layer = MultiScaleDeformableAttention(8, num_heads=4, num_levels=1, num_points=2)
    offsets = layer.sampling_offsets.bias.view(4, 2, 2)
    expected = [[[1, 0], [2, 0]], [[0, 1], [0, 2]], [[-1, 0], [-2, 0]], [[0, -1], [0, -2]]]
    torch.testing.assert_close(offsets, torch.tensor(expected, dtype=torch.float32),
                               atol=1e-6, rtol=0)


def test_points_and_boxes_say_where_to_look():
    layer = MultiScaleDeformableAttention(1, num_heads=1, num_levels=1, num_points=2)
    sizes = torch.tensor([[4, 8]])
    offsets = torch.tensor([[2., 1.], [0., 0.]]).view(1, 1, 1, 1, 2, 2)
    points = torch.tensor([.5, .5]).view(1, 1, 1, 1, 1, 2)
    # two of eight columns to the right, one of four rows down
    assert layer._places(offsets, points, sizes)[0, 0, 0, 0].tolist() == [[.75, .75], [.5, .5]]
    boxes = torch.tensor([.5, .5, .4, .8]).view(1, 1, 1, 1, 1, 4)
    torch.testing.assert_close(layer._places(offsets, boxes, sizes)[0, 0, 0, 0],
                               torch.tensor([[.7, .7], [.5, .5]]))


def test_padding_is_not_seen():
    layer = MultiScaleDeformableAttention(4, num_heads=1, num_levels=1, num_points=1, dropout=0)
    query, values = torch.zeros(1, 1, 4), torch.rand(4, 1, 4)
    where = dict(reference_points=torch.full((1, 1, 1, 2), .5),
                 spatial_shapes=torch.tensor([[2, 2]]))
    hidden = layer(query, value=values, key_padding_mask=torch.ones(1, 4, dtype=torch.bool),
                   **where)
    assert hidden.tolist() == [[[0, 0, 0, 0]]]
    assert layer(query, value=values, **where).abs().sum() > 0
