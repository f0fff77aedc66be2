//! The table of layers: the only crate that names them all.
//!
//! A table, and no registration at link time: rustc does not link a crate that nobody refers to, and a layer that is
//! silently missing is the worst failure of a lab. From a row follow its conformance tests, `lab list`, its place in
//! every experiment that says "all layers", in every figure and in every table.

use layer::{BuildError, Definition, Layer, Site};
use toml::Table;

/// Every layer, in the order in which lists and figures show them.
#[rustfmt::skip]
pub const LAYERS: &[Definition] = &[
    layer::definition::NONE,
    linear::DEFINITION,
    mlp::DEFINITION,
    conv::DEFINITION,
    attention::DEFINITION,
];

/// A name that stands for no layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownLayer {
    /// The name asked for.
    pub name: String,
}

impl UnknownLayer {
    /// The name most like the one asked for, if any is like it.
    pub fn nearest(&self) -> Option<&'static str> {
        let near = |definition: &Definition| (strsim::jaro_winkler(definition.name, &self.name), definition.name);
        let (likeness, name) = LAYERS.iter().map(near).max_by(|a, b| a.0.total_cmp(&b.0))?;
        (likeness > 0.7).then_some(name)
    }
}

impl std::fmt::Display for UnknownLayer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "there is no layer `{}`; ", self.name)?;
        if let Some(name) = self.nearest() {
            write!(f, "did you mean `{name}`? ")?;
        }
        let all: Vec<_> = LAYERS.iter().map(|definition| definition.name).collect();
        write!(f, "layers: {}", all.join(", "))
    }
}

impl std::error::Error for UnknownLayer {}

/// The row of that name.
///
/// # Errors
/// When there is none; the text has the nearest name, and all of them.
pub fn find(name: &str) -> Result<&'static Definition, UnknownLayer> {
    LAYERS.iter().find(|definition| definition.name == name).ok_or_else(|| UnknownLayer { name: name.to_owned() })
}

/// Builds a layer by name.
///
/// # Errors
/// When there is no such layer, or none can be built from the options.
pub fn build(name: &str, options: &Table, site: Site) -> Result<Box<dyn Layer>, BuildError> {
    let definition = find(name).map_err(|e| BuildError(e.to_string()))?;
    (definition.build)(options, site)
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
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_nearest_and_with_all() {
        let text = find("atention").err().unwrap().to_string();
        assert!(
            text.starts_with("there is no layer `atention`; did you mean `attention`? layers: none, linear"),
            "{text}"
        );
        assert!(LAYERS.iter().all(|definition| text.contains(definition.name)), "{text}");
        assert_eq!(find("xyzzy").err().unwrap().nearest(), None);
        let site = Site { time: 2, width: 4, seed: 1 };
        assert!(build("liner", &Table::new(), site).err().unwrap().0.contains("did you mean `linear`?"));
        assert_eq!(build("none", &Table::new(), site).unwrap().name(), "none");
    }
}
