//! The shell around the layers, and the rows that say which layers.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use toml::{Table, Value};
use train::Readout;

/// The shell, equal for every layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSettings {
    /// Features at a step.
    pub width: usize,
    /// Mixers in a row, where a row has neither `depth` nor `blocks`.
    pub depth: usize,
    /// Whether each mixer is followed by a per-step MLP.
    pub mlp: bool,
    /// Position vectors added to every layer's input alike.
    pub positions: Positions,
    /// Whether the input is embedded; if not, the first mixer sees the task's numbers as they are, whatever `width` says.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub embedding: bool,
    /// What an answer is read from: the step of the question, or all steps at once.
    #[serde(default, skip_serializing_if = "is_step")]
    pub readout: Readout,
    /// Whether a mixer's output is added to its input.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub residual: bool,
    /// Whether mixers and read-out see normalised vectors; a line never does.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub norm: bool,
}

impl ModelSettings {
    /// One mixer of that width, with nothing but the shell's residual and norm around it.
    pub fn single(width: usize) -> Self {
        Self {
            width,
            depth: 1,
            mlp: false,
            positions: Positions::None,
            embedding: true,
            readout: Readout::Step,
            residual: true,
            norm: true,
        }
    }
}

fn yes() -> bool {
    true
}

fn is_yes(it: &bool) -> bool {
    *it
}

fn is_step(readout: &Readout) -> bool {
    *readout == Readout::Step
}

/// Position vectors that the shell adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Positions {
    /// None.
    None,
    /// Sinusoids of Vaswani et al. 2017, base 10,000.
    Sinusoidal,
}

/// One series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerRow {
    /// Its name in figures and tables.
    pub label: String,
    /// Its row in the layer table.
    pub layer: String,
    /// Options of the layer.
    #[serde(default)]
    pub options: Table,
    /// Mixers in a row, if not `model.depth`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depth: Option<usize>,
    /// Features at a step, if not `model.width`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<usize>,
    /// Whether each mixer is followed by a per-step MLP, if not as `model.mlp` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mlp: Option<bool>,
    /// Whether the input is embedded, if not as `model.embedding` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embedding: Option<bool>,
    /// What an answer is read from, if not as `model.readout` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub readout: Option<Readout>,
    /// Whether a mixer's output is added to its input, if not as `model.residual` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub residual: Option<bool>,
    /// Whether mixers and read-out see normalised vectors, if not as `model.norm` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub norm: Option<bool>,
    /// Options of each mixer in a row, laid over `options`; there are as many mixers as entries, whatever `model.depth` says.
    /// One of another layer names that as `layer` and has options of its own alone; a name alone is that layer as it comes.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "blocks")]
    pub blocks: Vec<Table>,
}

impl LayerRow {
    /// The shell of this row: `model` with what the row says laid over it.
    pub fn shell(&self, model: &ModelSettings) -> ModelSettings {
        let depth = if self.blocks.is_empty() { self.depth.unwrap_or(model.depth) } else { self.blocks.len() };
        ModelSettings {
            depth,
            width: self.width.unwrap_or(model.width),
            mlp: self.mlp.unwrap_or(model.mlp),
            positions: model.positions,
            embedding: self.embedding.unwrap_or(model.embedding),
            readout: self.readout.unwrap_or(model.readout),
            residual: self.residual.unwrap_or(model.residual),
            norm: self.norm.unwrap_or(model.norm),
        }
    }
}

/// An empty list would be no blocks at all, and train what the row trains without it.
fn blocks<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Table>, D::Error> {
    let blocks = Vec::<Value>::deserialize(from)?;
    if blocks.is_empty() {
        return Err(D::Error::custom(
            "the list is empty; leave it out, or give a table for each mixer, such as [{}, {}]",
        ));
    }
    let table = |block| match block {
        Value::String(layer) => Ok(Table::from_iter([("layer".to_owned(), Value::String(layer))])),
        Value::Table(options) => Ok(options),
        other => Err(D::Error::custom(format!(
            "a mixer is the name of a layer or a table of options, such as [\"gru\", {{ layer = \"conv\", kernel = 3 }}], \
             and not {other}"
        ))),
    };
    blocks.into_iter().map(table).collect()
}
