//! `vectors`: the vector of one and the same word in different contexts, in two dimensions.
//!
//! Test sequences that end in the same word as the first one are read out; their vectors just before the read-out are
//! projected on the two directions in which they vary most (principal components). `context_share` is the share of their
//! variance that lies between the meanings: 0 where the vector does not know its context, 1 where it knows nothing else;
//! `context_share_in_plane` is the same of what the picture shows.
//!
//! Where lags are held out, half of the sequences have one that training had, and half have one that it had not. Shares of
//! the trained model are those of each half, about its own mean; the picture has both, in one plane.

use ndarray::{Array1, Array2, Axis};
use report::points::HELD_OUT;
use tasks::{Batch, Sequence, Split};

use super::{Definition, Run, Story, Trained};
use crate::measure::probe::{Found, Point};
use crate::plan::Cell;

pub const STORY: Story = Story {
    definition: Definition {
        name: "vectors",
        summary: "the vector of one word in its contexts: principal components, and how much the meaning explains",
        settings: &[("inputs", "a whole number from 8 (8)", "test sequences that end in that word")],
    },
    check: super::nothing_more,
    other_lengths: false,
    fits,
    run: Run::Trained(run),
};

fn fits(trainer: &Cell) -> Result<(), String> {
    has_senses(&trainer.task)
}

/// Refuses tasks where what is asked for has as many meanings as there are vectors: these explain everything, whatever a
/// model knows.
fn has_senses(task: &str) -> Result<(), String> {
    let refused = || format!("`{task}` has no word with a few meanings; take `of = \"polysemy\"`");
    if task == "polysemy" { Ok(()) } else { Err(refused()) }
}

/// The sequences that are read out, by whether training had their lag; the second part may be empty.
struct Parts {
    word: String,
    seen: Vec<Sequence>,
    held_out: Vec<Sequence>,
}

impl Parts {
    fn of(look: &Trained<'_>) -> Self {
        let task = look.task.as_ref();
        let of = |index| task.sequence(look.trainer.seed, Split::Test, index);
        let asked = |sequence: &Sequence| task.words(sequence)[sequence.targets[0].step].clone();
        let (word, trained) = (asked(&of(0)), task.trained_lags());
        let all_trained = trained == task.lags();
        let each = if all_trained { look.settings.inputs } else { look.settings.inputs / 2 };
        let part = |held_out: bool| -> Vec<Sequence> {
            let sequences = (0..200 * look.settings.inputs as u64).map(of);
            let here = sequences.filter(|s| trained.contains(&s.targets[0].lag) != held_out && asked(s) == word);
            here.take(each).collect()
        };
        Self { seen: part(false), held_out: if all_trained { Vec::new() } else { part(true) }, word }
    }

    /// Name of the split of each part of the trained model, and which of all sequences it is.
    fn named(&self) -> Vec<(&'static str, std::ops::Range<usize>)> {
        let (seen, all) = (self.seen.len(), self.seen.len() + self.held_out.len());
        if self.held_out.is_empty() {
            return vec![("trained", 0..seen)];
        }
        vec![("trained, lags of training", 0..seen), ("trained, lags held out", seen..all)]
    }
}

fn run(look: &Trained<'_>, found: &mut Found) -> Result<(), String> {
    let task = look.task.as_ref();
    let parts = Parts::of(look);
    let sequences: Vec<Sequence> = parts.seen.iter().chain(&parts.held_out).cloned().collect();
    let classes: Vec<usize> = sequences.iter().map(|sequence| sequence.targets[0].answer.class()).collect();
    let batch = Batch::from_sequences(task, &sequences);
    let smallest = parts.named().iter().map(|(_, part)| part.len()).min().unwrap_or(0);
    let senses = classes.iter().collect::<std::collections::BTreeSet<_>>().len();
    if smallest < 2 || senses < 2 {
        return Err(format!("{smallest} sequences of {senses} meanings are too few; raise inputs"));
    }
    // Of vectors that know nothing of the sense, groups explain (groups − 1) / (vectors − 1) of the spread: of the smaller
    // part the most.
    for metric in ["context_share", "context_share_in_plane"] {
        found.floor("by chance", metric, (senses - 1) as f64 / (smallest - 1) as f64);
    }
    for (split, model) in [("untrained", &look.before), ("trained", &look.after)] {
        let (hidden, rows) = model.hidden(&batch);
        let vectors = hidden.select(Axis(0), &rows).mapv(f64::from);
        let plane = components(&centred(&vectors));
        let named = if split == "trained" { parts.named() } else { vec![(split, 0..sequences.len())] };
        for (name, part) in named {
            let of = |rows: &Array2<f64>| {
                between(&centred(&rows.slice(ndarray::s![part.clone(), ..]).to_owned()), &classes[part.clone()])
            };
            found.number("context_share", name, of(&vectors), None);
            found.number("context_share_in_plane", name, of(&plane), None);
        }
        if look.cell.seed > 0 {
            continue;
        }
        for (index, (place, sequence)) in plane.rows().into_iter().zip(&sequences).enumerate() {
            let held_out = if index < parts.seen.len() { "" } else { HELD_OUT };
            let target = sequence.targets[0];
            found.points.push(Point {
                split: split.to_owned(),
                series: format!("{}: {}", parts.word.trim_end_matches("=?"), task.word_of(target.answer)),
                name: format!("lag {}{held_out}", target.lag),
                x: place[0],
                y: place[1],
            });
        }
    }
    Ok(())
}

/// Rows without their mean.
fn centred(rows: &Array2<f64>) -> Array2<f64> {
    rows - &rows.mean_axis(Axis(0)).expect("parts are not empty")
}

/// Share of the variance of centred rows that lies between classes.
fn between(centred: &Array2<f64>, classes: &[usize]) -> f64 {
    let total: f64 = centred.iter().map(|v| v * v).sum();
    let mut sum = 0.0;
    for class in classes.iter().collect::<std::collections::BTreeSet<_>>() {
        let members: Vec<usize> = (0..classes.len()).filter(|i| classes[*i] == *class).collect();
        let mean = centred.select(Axis(0), &members).mean_axis(Axis(0)).expect("a class has members");
        sum += members.len() as f64 * mean.dot(&mean);
    }
    if total > 0.0 { sum / total } else { 0.0 }
}

/// Centred rows in the two directions of largest variance, `(rows, 2)`: power iteration on the covariance, the second
/// direction kept orthogonal to the first. A direction's sign is such that its largest entry is positive.
fn components(centred: &Array2<f64>) -> Array2<f64> {
    const ROUNDS: usize = 500;
    let covariance = centred.t().dot(centred);
    let width = covariance.nrows();
    let mut directions: Vec<Array1<f64>> = Vec::new();
    for which in 0..2 {
        let mut direction = Array1::from_shape_fn(width, |i| 1.0 / (1.0 + i as f64 + which as f64));
        for _ in 0..ROUNDS {
            let mut next = covariance.dot(&direction);
            for before in &directions {
                next = &next - &(before * before.dot(&next));
            }
            let norm = next.dot(&next).sqrt();
            if norm == 0.0 {
                break;
            }
            direction = next / norm;
        }
        let largest = direction.iter().copied().fold(0.0, |a: f64, b| if b.abs() > a.abs() { b } else { a });
        directions.push(direction * largest.signum());
    }
    let columns: Vec<_> = directions.iter().map(|direction| centred.dot(direction)).collect();
    ndarray::stack(Axis(1), &[columns[0].view(), columns[1].view()]).expect("columns of one length")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::probe::Settings;
    use layer::init;

    #[test]
    fn what_would_have_a_share_whatever_a_model_knows_is_refused() {
        assert!(has_senses("polysemy").is_ok());
        assert!(has_senses("recall-at-lag").unwrap_err().contains("`recall-at-lag` has no word"));
        let read = |inputs: i64| {
            let settings: toml::Table = format!("n = 16\ntrained = true\ninputs = {inputs}").parse().unwrap();
            Settings::read("vectors", &settings)
        };
        assert!(read(8).is_ok());
        for inputs in [0, 1, 7] {
            let error = read(inputs).unwrap_err().to_string();
            assert!(error.contains(&format!("inputs = {inputs} is out of range")), "{error}");
        }
    }

    #[test]
    fn components_find_the_two_directions_of_largest_variance() {
        let noise: Array2<f64> = init::normal((200, 6), 0.01, 1, "noise").mapv(f64::from);
        let places: Array2<f64> = init::normal((200, 2), 1.0, 2, "places").mapv(f64::from);
        let mut rows = noise;
        for (mut row, place) in rows.rows_mut().into_iter().zip(places.rows()) {
            row[4] += 5.0 * place[0];
            row[1] += 2.0 * place[1];
        }
        let centred = &rows - &rows.mean_axis(Axis(0)).unwrap();
        let plane = components(&centred);
        // What is drawn is not quite uncorrelated, so the components are a little turned.
        for (got, want) in [(0, 4), (1, 1)] {
            let (a, b) = (plane.column(got), centred.column(want));
            let alike = a.dot(&b) / (a.dot(&a) * b.dot(&b)).sqrt();
            assert!(alike.abs() > 0.99, "component {got}: {alike}");
        }
        assert!(plane.column(0).dot(&plane.column(1)).abs() < 1e-6 * plane.column(0).dot(&plane.column(0)));
    }

    #[test]
    fn the_share_between_classes_is_none_or_all() {
        let apart = ndarray::arr2(&[[1.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [-1.0, 0.0]]);
        assert_eq!(between(&apart, &[0, 0, 1, 1]), 1.0);
        assert_eq!(between(&apart, &[0, 1, 0, 1]), 0.0);
    }
}
