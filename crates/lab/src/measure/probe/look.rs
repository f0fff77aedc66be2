//! One look at one subject.

use std::collections::BTreeSet;

use layer::{Reach, Shape};
use probes::field::{Measure as Mass, field};
use probes::{Support, jacobian, question_wiring, support, wiring};

use super::subject::Subject;
use super::{Found, Number, Outputs, Settings, Shares};
use crate::plan::{Cell, Job};

/// Everything that a look needs.
pub struct Look<'a> {
    /// The cell.
    pub cell: &'a Cell,
    /// Its settings.
    pub settings: &'a Settings,
    /// What is looked at.
    pub subject: &'a Subject,
}

/// Declared and measured support.
struct Supports {
    declared: BTreeSet<isize>,
    gradient: BTreeSet<isize>,
    /// Lags at which an exchange changes the output.
    exchanged: usize,
    /// Pairs of steps in which gradient and declaration differ.
    wrong_by_gradient: usize,
    /// Pairs in which exchange and declaration differ.
    wrong_by_exchange: usize,
    /// Pairs that an exchange connects and the declaration does not.
    outside: usize,
}

impl Look<'_> {
    /// Which steps touch which, declared and measured in two ways that share nothing.
    pub fn support(&self, found: &mut Found) {
        let Supports { declared, gradient, exchanged, wrong_by_gradient, wrong_by_exchange, outside } =
            match self.settings.outputs {
                Outputs::All => self.support_of_all(),
                Outputs::Last => self.support_of_last(),
            };
        let span = |lags: &BTreeSet<isize>| match (lags.first(), lags.last()) {
            (Some(first), Some(last)) => (last - first + 1) as f64,
            _ => 0.0,
        };
        self.number(found, "lags_declared", declared.len() as f64, None);
        self.number(found, "lags_by_gradient", gradient.len() as f64, None);
        // Of the last step alone only some exchanges are tried: their number says nothing of the reach.
        let name = if self.settings.outputs == Outputs::All { "lags_by_perturbation" } else { "lags_found_of_asked" };
        self.number(found, name, exchanged as f64, None);
        self.number(found, "span", span(&gradient), self.window());
        self.number(found, "pairs_wrong_by_gradient", wrong_by_gradient as f64, None);
        self.number(found, "pairs_wrong_by_perturbation", wrong_by_exchange as f64, None);
        self.number(found, "pairs_outside_by_perturbation", outside as f64, None);
    }

    fn support_of_all(&self) -> Supports {
        let (layer, shape) = (self.subject.layer(), self.shape(2));
        let seeds = self.seeds();
        let declared = Support::declared(&layer.reach(), layer.pace(), shape.time);
        let gradient = Support::by_gradient(layer, shape, seeds.clone());
        let exchange = Support::by_perturbation(layer, shape, seeds);
        Supports {
            declared: declared.lags(),
            gradient: gradient.lags(),
            exchanged: exchange.lags().len(),
            wrong_by_gradient: gradient.differences(&declared),
            wrong_by_exchange: exchange.differences(&declared),
            outside: exchange.pairs().filter(|pair| !declared.connected()[*pair]).count(),
        }
    }

    /// Of the last step alone, with exchanges near the ends of the declared reach and at a few lags between.
    fn support_of_last(&self) -> Supports {
        let (layer, shape) = (self.subject.layer(), self.shape(2));
        let seeds = self.seeds();
        let (reach, last) = (layer.reach(), shape.time - 1);
        let declared: Vec<bool> = (0..shape.time).map(|input| reach.contains((last - input) as isize)).collect();
        let gradient = support::row_by_gradient(layer, shape, last, seeds.clone());
        let asked = near_ends(&declared);
        let exchange = support::by_exchange(layer, shape, last, &asked, seeds);
        let exchanged: Vec<(bool, bool)> = asked.iter().map(|input| declared[*input]).zip(exchange).collect();
        let lags = |row: &[bool]| {
            let seen = row.iter().enumerate().filter(|(_, seen)| **seen);
            seen.map(|(input, _)| (last - input) as isize).collect::<BTreeSet<_>>()
        };
        Supports {
            wrong_by_gradient: declared.iter().zip(&gradient).filter(|(a, b)| a != b).count(),
            declared: lags(&declared),
            gradient: lags(&gradient),
            exchanged: exchanged.iter().filter(|(_, seen)| *seen).count(),
            wrong_by_exchange: exchanged.iter().filter(|(declared, seen)| declared != seen).count(),
            outside: exchanged.iter().filter(|(declared, seen)| *seen && !declared).count(),
        }
    }

    /// How wide one output step's gradient is.
    pub fn field(&self, found: &mut Found) {
        let layer = self.subject.layer();
        let output = self.output(&layer.reach());
        let mass = match self.settings.mass {
            super::Mass::Energy => Mass::Energy,
            super::Mass::Magnitude => Mass::Magnitude,
        };
        let profile = field(layer, self.subject.x.clone(), output, self.settings.directions, self.cell.seed, mass);
        if let Some(deviation) = profile.deviation() {
            self.number(found, "deviation", deviation, self.spread());
            if let Some(law) = self.spread().filter(|law| *law > 0.0) {
                self.number(found, "deviation_over_law", deviation / law, Some(1.0));
            }
        }
        self.number(found, "width_mass", profile.width_mass(0.9545) as f64, None);
        self.number(found, "width_peak", profile.width_peak(0.0455) as f64, None);
        let within = (0..self.settings.n).filter(|input| layer.reach().contains(output as isize - *input as isize));
        self.number(found, "theoretical", within.count() as f64, None);
        self.shares(found, output, profile.shares);
    }

    /// How much of every output step's gradient falls on each input step.
    pub fn map(&self, found: &mut Found) {
        let map = jacobian::map(self.subject.layer(), self.subject.x.clone(), self.settings.directions, self.cell.seed);
        for (output, row) in map.rows().into_iter().enumerate() {
            self.shares(found, output, row.to_vec());
        }
    }

    /// How much where the last step looks changes with the input.
    pub fn wiring(&self, found: &mut Found) {
        let layer = self.subject.layer();
        let last = self.settings.n - 1;
        let wiring = wiring::wiring(layer, self.subject.x.clone(), last, self.settings.directions, self.cell.seed);
        self.number(found, "wiring", wiring.index, None);
        self.number(found, "share_elsewhere", wiring.elsewhere, None);
        self.number(found, "jacobian_variation", wiring.jacobian_variation, None);
        if let Some((x, size)) = &self.subject.questions {
            let directions = self.settings.directions;
            let index = question_wiring(layer, x.clone(), *size, last, directions, self.cell.seed);
            self.number(found, "question_wiring", index, None);
        }
        let seen = support::row_by_gradient(layer, self.shape(2), last, self.seeds());
        self.number(found, "lags", seen.iter().filter(|seen| **seen).count() as f64, None);
        if let Some(accuracy) = self.subject.accuracy {
            self.number(found, "accuracy", accuracy, None);
        }
    }

    /// Of the inputs, two rows for each: other seeds of a cell look at other inputs.
    fn seeds(&self) -> std::ops::Range<u64> {
        let first = self.cell.seed.wrapping_mul(1 << 20);
        first..first + self.settings.inputs.div_ceil(2) as u64
    }

    fn shape(&self, batch: usize) -> Shape {
        Shape::new(batch, self.settings.n, self.cell.model.width)
    }

    /// The step whose field is measured: the last one of a model that was trained to be read there and of layers that
    /// look back only, else the middle one.
    fn output(&self, reach: &Reach) -> usize {
        let is_model = matches!(&self.cell.job, Job::Probe { trained: Some(_) });
        if is_model || reach.is_causal() { self.settings.n - 1 } else { self.settings.n / 2 }
    }

    /// Taps and dilations of each convolution in a row, where the options have such.
    fn kernels(&self) -> Option<Vec<(f64, f64)>> {
        if self.subject.split == "trained" {
            return None;
        }
        let blocks: Vec<_> = match self.cell.blocks.as_slice() {
            [] => vec![&self.cell.options; self.cell.model.depth],
            blocks => blocks.iter().collect(),
        };
        let mut kernels = Vec::new();
        for options in blocks {
            let kernel = options.get("kernel")?.as_integer()? as f64;
            for dilation in options.get("dilations")?.as_array()? {
                kernels.push((kernel, dilation.as_integer()? as f64));
            }
        }
        Some(kernels)
    }

    /// 1 + Σ (k − 1) · d, the window that stacked convolutions see.
    fn window(&self) -> Option<f64> {
        Some(1.0 + self.kernels()?.iter().map(|(kernel, dilation)| (kernel - 1.0) * dilation).sum::<f64>())
    }

    /// √(Σ d² (k² − 1) / 12), the standard deviation of a row of box kernels; it is that of the mean energy under random
    /// weights, too (Luo et al. 2016).
    fn spread(&self) -> Option<f64> {
        if matches!(&self.cell.job, Job::Probe { trained: Some(_) }) {
            return None;
        }
        let variances = self.kernels()?.into_iter().map(|(kernel, dilation)| dilation.powi(2) * (kernel.powi(2) - 1.0));
        Some((variances.sum::<f64>() / 12.0).sqrt())
    }

    fn number(&self, found: &mut Found, metric: &str, value: f64, expected: Option<f64>) {
        let split = self.subject.split.to_owned();
        found.numbers.push(Number { metric: metric.to_owned(), split, value, expected });
    }

    fn shares(&self, found: &mut Found, output: usize, values: Vec<f64>) {
        found.shares.push(Shares { split: self.subject.split.to_owned(), output, values });
    }
}

/// Steps within two of where the declared reach begins or ends, and some thirty between, evenly.
fn near_ends(declared: &[bool]) -> Vec<usize> {
    let last = declared.len() - 1;
    let is_end = |step: usize| step == 0 || step == last || declared[step] != declared[step - 1];
    let near = (0..=last).filter(|step| (step.saturating_sub(2)..=(step + 2).min(last)).any(is_end));
    let between = (0..=last).step_by((declared.len() / 30).max(1));
    near.chain(between).collect::<BTreeSet<_>>().into_iter().collect()
}
