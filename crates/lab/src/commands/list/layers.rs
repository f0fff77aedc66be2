//! What a layer says of itself at usual sizes, and what two short measurements say of it.

use layer::{Cost, Definition, Layer, Shape, Site, init};
use ndarray::Array2;
use probes::wiring::wiring;
use serde_json::{Value, json};

/// Sizes at which costs and streams are shown.
pub const SITE: Site = Site { time: 64, width: 64, seed: 0 };

/// Sizes at which the wiring is measured: small, so that the list comes at once.
pub const WIRED: Site = Site { time: 32, width: 16, seed: 0 };

/// Inputs whose wiring is compared, and directions of their gradients.
const INPUTS: usize = 32;
const DIRECTIONS: usize = 4;

/// Column titles of [`Row::cells`].
pub const HEADERS: [&str; 8] =
    ["layer", "what it does", "reach (lags)", "wiring", "lengths", "state", "params", "FLOPs"];

/// Which of them are numbers.
pub const NUMBERS: [usize; 4] = [3, 5, 6, 7];

/// A layer with its default options.
pub struct Row {
    name: &'static str,
    summary: &'static str,
    built: Box<dyn Layer>,
    cost: Cost,
    /// [`Wiring::index`](probes::Wiring::index) of the last step, before any training.
    wiring: f64,
    state: Option<usize>,
}

impl Row {
    /// Builds and measures.
    pub fn of(row: &Definition) -> Self {
        let build =
            |site: Site| (row.build)(&(row.defaults)(), site).expect("the conformance kit builds every default");
        let built = build(SITE);
        let x = init::normal((INPUTS, WIRED.time, WIRED.width), 1.0, WIRED.seed, "list.x");
        Self {
            name: row.name,
            summary: row.summary,
            cost: built.cost(Shape::new(1, SITE.time, SITE.width)),
            wiring: wiring(build(WIRED).as_ref(), x, WIRED.time - 1, DIRECTIONS, WIRED.seed).index,
            state: state(built.as_ref()),
            built,
        }
    }

    /// As the table shows it.
    pub fn cells(&self) -> Vec<String> {
        let wiring = if self.wiring == 0.0 { "0".to_owned() } else { format!("{:.2}", self.wiring) };
        vec![
            self.name.to_owned(),
            self.summary.to_owned(),
            self.built.reach().to_string(),
            wiring,
            self.built.lengths().to_string(),
            self.state.map_or_else(|| "–".to_owned(), |state| state.to_string()),
            self.cost.parameters.to_string(),
            self.cost.flops().to_string(),
        ]
    }

    /// For tools.
    pub fn json(&self) -> Value {
        let layer = &self.built;
        json!({
            "name": self.name, "summary": self.summary, "reach": layer.reach().to_string(),
            "wiring_untrained": self.wiring, "lengths": layer.lengths().to_string(), "affine": layer.is_affine(),
            "permutation_equivariant": layer.is_permutation_equivariant(), "state": self.state,
            "params": self.cost.parameters, "flops": self.cost.flops(),
        })
    }
}

/// Numbers that the layer, built at [`SITE`], remembers when it was fed its steps one after the other; `None` if it has no
/// such form.
pub fn state(layer: &dyn Layer) -> Option<usize> {
    let mut stream = layer.stream(1)?;
    let x = Array2::zeros((1, SITE.width));
    (0..SITE.time).for_each(|_| drop(stream.step(x.view())));
    Some(stream.state())
}
