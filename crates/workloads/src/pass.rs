//! Any layer of the table at any size: what one pass of it is, and what the pass amounts to.

use std::fmt;
use std::hint::black_box;

use layer::init::normal;
use layer::{Layer, Shape, Site};
use ndarray::Array3;
use toml::Table;

use crate::batched;

/// Bytes that the input of a pass may have.
pub const LARGEST_INPUT: u64 = 1 << 30;

/// Bytes of an f32.
const NUMBER: u64 = 4;

/// Which ways a pass goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// y from x.
    Forward,
    /// y from x, then the gradients of x and of all parameters from that of y.
    Both,
}

impl fmt::Display for Pass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Forward => "forward",
            Self::Both => "both",
        })
    }
}

/// A layer with its options, a size, and the way that is timed.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    /// A row of `zoo::LAYERS`.
    pub layer: String,
    /// Its options; those that are left out have their defaults.
    pub options: Table,
    /// Forward alone, or both ways.
    pub pass: Pass,
    /// Sequences in a pass.
    pub batch: usize,
    /// Steps of a sequence.
    pub time: usize,
    /// Features at a step.
    pub width: usize,
    /// Threads that it is meant for.
    pub threads: usize,
}

impl Subject {
    /// x, y and their gradients: (batch, time, width).
    pub fn shape(&self) -> Shape {
        Shape::new(self.batch, self.time, self.width)
    }

    /// The layer at that time and width, with the parameters of seed 0.
    ///
    /// # Errors
    /// When the table has no such layer, when the input is empty or larger than [`LARGEST_INPUT`], or when the layer
    /// cannot be built so: then in the layer's own words.
    pub fn build(&self) -> Result<Box<dyn Layer>, String> {
        let Some(definition) = zoo::find(&self.layer) else {
            let names = zoo::LAYERS.iter().map(|row| row.name);
            let nearest = names.min_by_key(|name| strsim::damerau_levenshtein(&self.layer, name)).unwrap_or_default();
            return Err(format!("there is no layer `{}`; the nearest is `{nearest}`", self.layer));
        };
        self.check_size()?;
        let site = Site { time: self.time, width: self.width, seed: 0 };
        (definition.build)(&self.options, site).map_err(|error| error.to_string())
    }

    fn check_size(&self) -> Result<(), String> {
        let sizes = [self.batch, self.time, self.width];
        let numbers = sizes.iter().try_fold(NUMBER, |product, size| product.checked_mul(*size as u64));
        if numbers.is_some_and(|bytes| (1..=LARGEST_INPUT).contains(&bytes)) {
            return Ok(());
        }
        let [batch, time, width] = sizes;
        Err(format!(
            "an input of {batch}x{time}x{width} numbers is outside 1 … 2^28; take a smaller batch, time or width"
        ))
    }

    /// FLOPs of the pass, as `layer` declares them; a multiply-add counts as two.
    pub fn flops(&self, layer: &dyn Layer) -> u64 {
        let cost = layer.cost(self.shape());
        match self.pass {
            Pass::Forward => cost.flops_forward,
            Pass::Both => cost.flops(),
        }
    }

    /// Bytes that the pass cannot but read and write, each once, however much memory it has near: all numbers are f32.
    ///
    /// | pass | what |
    /// |---|---|
    /// | forward | x, y, the parameters |
    /// | both | x, y, their gradients, the parameters, their gradients |
    ///
    /// What a forward keeps for its backward is not among them: a cache could hold it.
    pub fn bytes_moved(&self, layer: &dyn Layer) -> u64 {
        let (numbers, parameters) = (self.shape().len() as u64, layer.cost(self.shape()).parameters);
        match self.pass {
            Pass::Forward => NUMBER * (2 * numbers + parameters),
            Pass::Both => NUMBER * (4 * numbers + 2 * parameters),
        }
    }

    /// Makes the inputs; the closure does one pass through `layer`, on the pool it is called in, as [`batched`] splits it.
    pub(crate) fn run(&self, layer: Box<dyn Layer>) -> Box<dyn FnMut() + Send> {
        let array = |purpose| -> Array3<f32> { normal(self.shape().dim(), 1.0, 0, purpose) };
        let x = array("x");
        match self.pass {
            Pass::Forward => Box::new(move || {
                black_box(batched::forward(layer.as_ref(), x.view()));
            }),
            Pass::Both => {
                let d_y = array("d_y");
                Box::new(move || {
                    black_box(batched::forward_backward(layer.as_ref(), x.view(), d_y.view()));
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(layer: &str, options: &str, pass: Pass) -> Subject {
        let options = options.parse().unwrap();
        Subject { layer: layer.into(), options, pass, batch: 2, time: 3, width: 4, threads: 1 }
    }

    /// x is 24 numbers, W 4·4, b 4; a multiply-add for each weight and step, and twice as many on the way back.
    #[test]
    fn declared_numbers_are_those_counted_by_hand() {
        let numbers = |name, pass| {
            let subject = subject(name, "", pass);
            let layer = subject.build().unwrap();
            (subject.flops(layer.as_ref()), subject.bytes_moved(layer.as_ref()))
        };
        assert_eq!(numbers("linear", Pass::Forward), (2 * 6 * 16, 4 * (24 + 24 + 20)));
        assert_eq!(numbers("linear", Pass::Both), (3 * 2 * 6 * 16, 4 * (4 * 24 + 2 * 20)));
        assert_eq!(numbers("none", Pass::Forward), (0, 4 * 48));
        assert_eq!(numbers("none", Pass::Both), (0, 4 * 96));
    }

    #[test]
    fn what_cannot_be_built_says_why() {
        let message = |subject: Subject| subject.build().err().expect("it cannot be built");
        assert!(message(subject("atention", "", Pass::Both)).contains("`attention`"));
        let odd = message(subject("attention", "heads = 3", Pass::Both));
        let own =
            (zoo::find("attention").unwrap().build)(&"heads = 3".parse().unwrap(), Site { time: 3, width: 4, seed: 0 });
        assert_eq!(odd, own.err().unwrap().to_string());
        for (batch, time) in [(0, 3), (2, 0), (1 << 25, 3), (usize::MAX, usize::MAX)] {
            let message = message(Subject { batch, time, ..subject("none", "", Pass::Forward) });
            assert!(message.contains("2^28") && message.contains(&batch.to_string()), "{message}");
        }
        let largest = Subject { batch: 1 << 12, time: 1 << 14, ..subject("none", "", Pass::Forward) };
        assert!(largest.build().is_ok());
    }
}
