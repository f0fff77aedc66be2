//! [`Norm`] against `nn.LayerNorm` of PyTorch 2.15.0 in float64; `scripts/golden/make.py` made the numbers.

use layer::Norm;

#[test]
fn norm_agrees_with_pytorch() {
    layer_testkit::assert_golden(include_str!("golden.json"), |_, site| Ok(Box::new(Norm::new(site.width))));
}
