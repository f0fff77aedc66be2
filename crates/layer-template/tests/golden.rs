//! Output and gradients against PyTorch 2.15.0 in float64; `scripts/golden/make.py` made the numbers from `golden.py`.

use layer_template::DEFINITION;

#[test]
fn agrees_with_pytorch() {
    layer_testkit::assert_golden(include_str!("golden.json"), DEFINITION.build);
}
