//! Output and gradients against PyTorch 2.15.0 in float64; `scripts/golden/make.py` made the numbers, by `golden.py`.

#[test]
fn agrees_with_pytorch() {
    layer_testkit::assert_golden(include_str!("golden.json"), long_conv::DEFINITION.build);
}
