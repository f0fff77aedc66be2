//! `curve`: what a trained model makes of a function, within the range it was trained on and beyond it.
//!
//! The last input is swept from −2 to 2 times the range. Of a product, the partner is held at a few values, at a fixed place
//! among steps that say 0.

use tasks::function::{Function, Shape};
use tasks::{Answer, Batch, Sequence};

use super::{Definition, Run, Story, Trained};
use crate::measure::probe::{Found, Point};
use crate::plan::Cell;

pub const STORY: Story = Story {
    definition: Definition {
        name: "curve",
        summary: "what a trained model makes of a function, within its range and beyond",
        settings: &[],
    },
    check: super::nothing_more,
    other_lengths: false,
    fits,
    run: Run::Trained(run),
};

/// Points of a curve.
const POINTS: usize = 81;
/// Where the partner of a product is held, in ranges.
const PARTNERS: [f32; 3] = [-1.0, 0.5, 1.0];

fn fits(trainer: &Cell) -> Result<(), String> {
    match function(trainer)?.shape {
        Shape::Xor => Err("two bits make no curve".to_owned()),
        _ => Ok(()),
    }
}

fn function(trainer: &Cell) -> Result<Function, String> {
    if trainer.task != "function" {
        return Err(format!("`{}` is no function", trainer.task));
    }
    trainer.settings.clone().try_into().map_err(|e: toml::de::Error| e.message().to_owned())
}

fn run(look: &Trained<'_>, found: &mut Found) -> Result<(), String> {
    let function = function(look.trainer)?;
    let range = function.range();
    let of_product = function.shape == Shape::Product;
    let partners: Vec<f32> = if of_product { PARTNERS.map(|z| z * range).to_vec() } else { vec![0.0] };
    let lag = look.task.lags().len().div_ceil(2);
    let sweep: Vec<f32> = (0..POINTS).map(|i| range * (4.0 * i as f32 / (POINTS - 1) as f32 - 2.0)).collect();
    let mut errors = [Vec::new(), Vec::new()];
    for z in partners {
        let series = if of_product { format!("z = {z}") } else { "fit".to_owned() };
        let sequences: Vec<Sequence> = sweep.iter().map(|x| function.sequence_of(*x, z, lag)).collect();
        let batch = Batch::from_sequences(look.task.as_ref(), &sequences);
        for (x, (answer, _)) in sweep.iter().zip(look.after.answers(&batch)) {
            let Answer::Number(answer) = answer else { return Err("the answer is no number".to_owned()) };
            let truth = function.truth(*x, z);
            errors[usize::from(x.abs() > range)].push(f64::from(answer - truth).powi(2));
            let point = |split: &str, series: &str, y: f32| Point {
                split: split.to_owned(),
                series: series.to_owned(),
                name: String::new(),
                x: f64::from(*x),
                y: f64::from(y),
            };
            found.points.push(point("trained", &series, answer));
            found.points.push(point("", if of_product { &series } else { "truth" }, truth));
        }
    }
    for x in [-range, range] {
        let (x, y, name) = (f64::from(x), 0.0, String::new());
        found.points.push(Point { split: String::new(), series: "trained-range".to_owned(), name, x, y });
    }
    for (metric, errors) in ["error_inside", "error_outside"].into_iter().zip(&errors) {
        found.number(metric, "trained", errors.iter().sum::<f64>() / errors.len() as f64, None);
    }
    Ok(())
}
