//! The table of layers: the only crate that names them all.
//!
//! A table, and no registration at link time: rustc does not link a crate that nobody refers to, and a layer that is
//! silently missing is the worst failure of a lab. From a row follow its conformance tests, `lab list`, `lab describe`,
//! the layer table of the README, and the right to stand in any experiment.

use layer::Definition;

/// Every layer, in the order in which lists and figures show them.
#[rustfmt::skip]
pub const LAYERS: &[Definition] = &[
    layer::definition::NONE,
    linear::DEFINITION,
    mlp::DEFINITION,
    conv::DEFINITION,
    attention::DEFINITION,
    gru::DEFINITION,
    window_attention::DEFINITION,
    linear_attention::DEFINITION,
    long_conv::DEFINITION,
];

/// Whole stacks that stand in an experiment as a layer does and are none: they have inputs of two kinds along one time, so no
/// set of lags says what they reach, and the kit cannot hold them to one. Their crates hold them to all else.
pub const STACKS: &[Definition] = &[transformer::DEFINITION];

/// The layer or stack of that name, if there is one.
pub fn find(name: &str) -> Option<&'static Definition> {
    LAYERS.iter().chain(STACKS).find(|definition| definition.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_and_are_distinct() {
        for definition in LAYERS {
            assert_eq!(find(definition.name).unwrap().summary, definition.summary);
            assert_eq!(LAYERS.iter().filter(|other| other.name == definition.name).count(), 1, "{}", definition.name);
        }
        assert!(find("atention").is_none() && find("transformer").is_some());
    }
}
