//! Layers by the names that works have for them: given x and the gradient of y, make y, the gradient of x and those of all
//! parameters; or y alone. A layer of the table that has no row here goes by its own name, with its default options.

use layer::Layer;

use crate::pass::{Pass, Subject};
use crate::work::Amount;

/// A layer under the name that works have for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Row {
    name: &'static str,
    /// The row of `zoo::LAYERS`.
    layer: &'static str,
    /// Its options, as TOML.
    options: &'static str,
}

/// Layers that are timed with options of their own, or under another name; the first [`LISTED`] are in the list of works.
const LAYERS: [Row; 8] = [
    Row { name: "linear", layer: "linear", options: "" },
    Row { name: "mlp", layer: "mlp", options: "" },
    Row { name: "conv3", layer: "conv", options: "kernel = 3" },
    Row { name: "conv7", layer: "conv", options: "kernel = 7" },
    Row { name: "attention", layer: "attention", options: "heads = 4" },
    Row { name: "none", layer: "none", options: "" },
    Row { name: "linear-over-time", layer: "linear", options: "over = \"time\"" },
    Row { name: "mlp-over-time", layer: "mlp", options: "over = \"time\"" },
];

const LISTED: usize = 5;

/// Batch, time and width. The first three hold the same numbers; the last one is for what fills no cache.
const SIZES: [(usize, usize, usize); 4] = [(32, 128, 64), (8, 512, 64), (2, 2048, 64), (8, 512, 256)];

/// A layer, a size, and which ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    row: Row,
    size: (usize, usize, usize),
    pass: Pass,
}

/// Every listed layer at every listed size. One that the table alone knows is left out where it cannot be built with its
/// default options.
pub fn cases() -> impl Iterator<Item = Case> {
    let sizes = |row: Row| SIZES.map(|size| Case { row, size, pass: Pass::Both });
    let others = others().flat_map(sizes).filter(|case| case.subject().build().is_ok());
    LAYERS[..LISTED].iter().copied().flat_map(sizes).chain(others)
}

/// The names that stand in `layer/NAME/BxTxD`.
pub fn names() -> impl Iterator<Item = &'static str> {
    rows().map(|row| row.name)
}

/// Every name.
fn rows() -> impl Iterator<Item = Row> {
    LAYERS.into_iter().chain(others())
}

/// Layers of the table that have no row of their own here, under their own names and as they are.
fn others() -> impl Iterator<Item = Row> {
    let unnamed = |name: &str| LAYERS.iter().all(|row| row.layer != name);
    let names = zoo::LAYERS.iter().map(|definition| definition.name).filter(move |name| unnamed(name));
    names.map(|name| Row { name, layer: name, options: "" })
}

/// Whatever is named as [`Case::name`] does it, at any size; `None` if nothing is. Whether the layer can be built at that
/// size is another question: [`Subject::build`] answers it.
pub fn named(name: &str) -> Option<Case> {
    let (pass, rest) = name.strip_suffix("/forward").map_or((Pass::Both, name), |rest| (Pass::Forward, rest));
    let (layer, size) = rest.strip_prefix("layer/")?.split_once('/')?;
    let row = rows().find(|row| row.name == layer)?;
    let sizes: Vec<usize> = size.split('x').map(str::parse).collect::<Result<_, _>>().ok()?;
    let [batch, time, width] = sizes[..] else { return None };
    // One thing has one name: `08x512x64` is none.
    Some(Case { row, size: (batch, time, width), pass }).filter(|case| case.name() == name)
}

/// The name of the work that does the same as `subject`, if there is one: what other implementations can be asked for.
pub fn name_of(subject: &Subject) -> Option<String> {
    let resolve = zoo::find(&subject.layer)?.resolve;
    let options = resolve(&subject.options).ok()?;
    let same = |row: &Row| {
        row.layer == subject.layer && resolve(&row.options.parse().expect("options are TOML")) == Ok(options.clone())
    };
    let row = rows().find(same)?;
    Some(Case { row, size: subject.shape().dim(), pass: subject.pass }.name())
}

impl Case {
    /// `layer/L/BxTxD`, and `/forward` behind it for a forward alone.
    pub fn name(self) -> String {
        let (batch, time, width) = self.size;
        let behind = if self.pass == Pass::Forward { "/forward" } else { "" };
        format!("layer/{}/{batch}x{time}x{width}{behind}", self.row.name)
    }

    /// The same, to be built; for any number of threads.
    pub fn subject(self) -> Subject {
        let (batch, time, width) = self.size;
        let options = self.row.options.parse().expect("options are TOML");
        Subject { layer: self.row.layer.to_owned(), options, pass: self.pass, batch, time, width, threads: 1 }
    }

    /// FLOPs of the pass, as the layer declares them.
    ///
    /// # Panics
    /// When the layer cannot be built at that size.
    pub fn flops(self) -> u64 {
        self.subject().flops(self.layer().as_ref())
    }

    /// The same where there are any, else the bytes that the pass cannot but move: a layer without a product is held to those.
    ///
    /// # Panics
    /// When the layer cannot be built at that size.
    pub fn amount(self) -> Amount {
        match self.flops() {
            0 => Amount::Bytes(self.subject().bytes_moved(self.layer().as_ref())),
            flops => Amount::Flops(flops),
        }
    }

    /// Runs before it is timed: the longer a run, the less a first one differs from the next.
    pub fn warm_up(self) -> usize {
        const LONG: u64 = 1 << 40;
        if self.flops() < LONG { 3 } else { 1 }
    }

    /// Makes layer, input and gradient; the closure does one run.
    pub(crate) fn run(self) -> Box<dyn FnMut() + Send> {
        self.subject().run(self.layer())
    }

    fn layer(self) -> Box<dyn Layer> {
        self.subject().build().unwrap_or_else(|message| panic!("{}: {message}", self.name()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layer_runs_at_a_tiny_size() {
        for row in rows() {
            for (pass, behind) in [(Pass::Both, ""), (Pass::Forward, "/forward")] {
                let case = Case { row, size: (3, 5, 8), pass };
                assert_eq!(case.name(), format!("layer/{}/3x5x8{behind}", row.name));
                assert_eq!((named(&case.name()), name_of(&case.subject())), (Some(case), Some(case.name())));
                let unmoved = matches!(case.amount(), Amount::Flops(0) | Amount::Bytes(0));
                assert!(!unmoved, "{}", row.name);
                case.run()();
            }
        }
    }

    /// From a row of the table alone follows that the layer can be timed.
    #[test]
    fn every_layer_of_the_table_has_a_name_and_names_are_distinct() {
        for definition in zoo::LAYERS {
            assert!(rows().any(|row| row.layer == definition.name), "{}", definition.name);
        }
        let names: Vec<_> = names().collect();
        assert!(names.iter().enumerate().all(|(i, name)| !names[..i].contains(name)), "{names:?}");
        assert!(others().all(|row| cases().any(|case| case.row == row)), "a layer that no listed size suits");
    }

    /// x, y and their gradients, each 3·5·8 numbers of 4 bytes.
    #[test]
    fn a_layer_without_products_amounts_to_what_it_moves() {
        let amount = |name: &str| named(name).unwrap().amount();
        assert_eq!(amount("layer/none/3x5x8"), Amount::Bytes(4 * 4 * 120));
        assert_eq!(amount("layer/linear/3x5x8"), Amount::Flops(named("layer/linear/3x5x8").unwrap().flops()));
    }

    #[test]
    fn options_may_be_spelled_out_and_others_have_no_name() {
        let with = |options: &str| {
            let options = options.parse().unwrap();
            let (layer, pass) = ("attention".to_owned(), Pass::Both);
            name_of(&Subject { layer, options, pass, batch: 8, time: 512, width: 64, threads: 2 })
        };
        let name = Some("layer/attention/8x512x64".to_owned());
        assert_eq!((with(""), with("mask = \"causal\""), with("heads = 4")), (name.clone(), name.clone(), name));
        assert_eq!((with("heads = 1"), with("heads = \"many\"")), (None, None));
    }

    /// What other implementations are told to do, in numbers: a projection is 2·D·D a step, and a backward is twice that.
    #[test]
    fn flops_are_those_of_the_formula() {
        let flops = |name: &str| cases().find(|case| case.name() == name).unwrap().flops();
        let projection = 3 * 2 * 64 * 64 * (32 * 128);
        assert_eq!(flops("layer/linear/32x128x64"), projection);
        assert_eq!(flops("layer/mlp/32x128x64"), 8 * projection);
        assert!(flops("layer/conv7/32x128x64") > 2 * flops("layer/conv3/32x128x64"));
        assert!(flops("layer/attention/32x128x64") > 4 * projection);
        assert_eq!(named("layer/linear/32x128x64/forward").unwrap().flops(), projection / 3);
    }
}
