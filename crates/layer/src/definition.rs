//! A row of the layer table: name, options, builder, and the variants that are tested.

use serde::Serialize;
use serde::de::DeserializeOwned;
use toml::Table;

use crate::Layer;

/// Where a layer is going to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site {
    /// Steps of a sequence. Layers with weights over time are built for it.
    pub time: usize,
    /// Features in and out.
    pub width: usize,
    /// Seed of the initial parameters.
    pub seed: u64,
}

/// Settings from which no layer can be built; the text names the option and the fix.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BuildError(pub String);

/// One option as `lab describe` shows it.
#[derive(Clone, Copy, Debug)]
pub struct OptionDoc {
    /// Key in TOML.
    pub name: &'static str,
    /// Values it takes.
    pub values: &'static str,
    /// What it does.
    pub meaning: &'static str,
}

/// The options of a layer: read from TOML (with `#[serde(default, deny_unknown_fields)]`), then built.
pub trait Options: Default + Serialize + DeserializeOwned {
    /// Builds the layer, which keeps batch, time and `site.width`.
    ///
    /// # Errors
    /// When the options do not fit each other or the site.
    fn build(&self, site: Site) -> Result<Box<dyn Layer>, BuildError>;
}

/// Builds a layer from a TOML table of options.
pub type Build = fn(&Table, Site) -> Result<Box<dyn Layer>, BuildError>;

/// A row of the layer table. Make one with [`Definition::of`].
#[derive(Clone, Copy)]
pub struct Definition {
    /// Kebab-case name.
    pub name: &'static str,
    /// Meaning in one line.
    pub summary: &'static str,
    /// Every option; a test holds it against the keys that [`Options`] really reads.
    pub options: &'static [OptionDoc],
    /// Option settings, as TOML lines, on which the conformance kit is run. `""` is the default.
    pub variants: &'static [&'static str],
    /// Builds from a TOML table of options.
    pub build: Build,
    /// The default options as a TOML table.
    pub defaults: fn() -> Table,
    /// Options as given, with every default filled in.
    pub resolve: fn(&Table) -> Result<Table, BuildError>,
}

impl Definition {
    /// The row of a layer whose options are `O`.
    pub const fn of<O: Options>(
        name: &'static str,
        summary: &'static str,
        options: &'static [OptionDoc],
        variants: &'static [&'static str],
    ) -> Self {
        Self { name, summary, options, variants, build: build::<O>, defaults: defaults::<O>, resolve: resolve::<O> }
    }

    /// The options of a variant.
    ///
    /// # Panics
    /// When it is no TOML.
    pub fn variant(&self, text: &str) -> Table {
        text.parse().unwrap_or_else(|e| panic!("{}: variant `{text}` is no TOML: {e}", self.name))
    }
}

fn read<O: Options>(options: &Table) -> Result<O, BuildError> {
    // The printed form has a second line that names the option.
    options.clone().try_into().map_err(|e: toml::de::Error| BuildError(e.to_string().trim_end().replace('\n', " ")))
}

fn build<O: Options>(options: &Table, site: Site) -> Result<Box<dyn Layer>, BuildError> {
    for (name, size) in [("time", site.time), ("width", site.width)] {
        if size == 0 || size > 1 << 24 {
            return Err(BuildError(format!("{name} = {size} is outside 1 … 2^24")));
        }
    }
    read::<O>(options)?.build(site)
}

fn defaults<O: Options>() -> Table {
    Table::try_from(O::default()).expect("options are a table")
}

fn resolve<O: Options>(options: &Table) -> Result<Table, BuildError> {
    Ok(Table::try_from(read::<O>(options)?).expect("options are a table"))
}

/// For layers without options.
#[derive(Clone, Copy, Debug, Default, Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoOptions {}

/// The `none` row: [`Identity`](crate::Identity).
pub const NONE: Definition =
    Definition::of::<NoOptions>("none", "mixes nothing: every step sees itself alone (the floor)", &[], &[""]);

impl Options for NoOptions {
    fn build(&self, _: Site) -> Result<Box<dyn Layer>, BuildError> {
        Ok(Box::new(crate::Identity))
    }
}
