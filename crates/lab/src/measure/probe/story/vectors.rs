//! `vectors`: the vector of one and the same word in different contexts, in two dimensions.
//!
//! Test sequences that end in the same word as the first one are read out; their vectors just before the read-out are
//! projected on the two directions in which they vary most (principal components). `context_share` is the share of their
//! variance that lies between the meanings: 0 where the vector does not know its context, 1 where it knows nothing else.

use ndarray::{Array1, Array2, Axis};
use tasks::{Batch, Sequence, Split};

use super::{Definition, Run, Story, Trained};
use crate::measure::probe::{Found, Point};

pub const STORY: Story = Story {
    definition: Definition {
        name: "vectors",
        summary: "the vector of one word in its contexts: principal components, and how much the meaning explains",
        settings: &[("inputs", "a whole number from 1 (8)", "test sequences that end in that word")],
    },
    check: super::nothing_more,
    other_lengths: false,
    fits: |_| Ok(()),
    run: Run::Trained(run),
};

fn run(look: &Trained<'_>, found: &mut Found) -> Result<(), String> {
    let task = look.task.as_ref();
    let of = |index| task.sequence(look.trainer.seed, Split::Test, index);
    let asked = |sequence: &Sequence| task.words(sequence)[sequence.targets[0].step].clone();
    let word = asked(&of(0));
    let sequences: Vec<Sequence> = (0..100 * look.settings.inputs as u64)
        .map(of)
        .filter(|sequence| asked(sequence) == word)
        .take(look.settings.inputs)
        .collect();
    let classes: Vec<usize> = sequences.iter().map(|sequence| sequence.targets[0].answer.class()).collect();
    let batch = Batch::from_sequences(task, &sequences);
    // Of vectors that know nothing of the sense, groups explain (groups − 1) / (vectors − 1) of the spread.
    let senses = classes.iter().collect::<std::collections::BTreeSet<_>>().len();
    if sequences.len() > 1 {
        found.floor("by chance", "context_share", (senses - 1) as f64 / (sequences.len() - 1) as f64);
    }
    for (split, model) in [("untrained", &look.before), ("trained", &look.after)] {
        let (hidden, rows) = model.hidden(&batch);
        let vectors = hidden.select(Axis(0), &rows).mapv(f64::from);
        let centred = &vectors - &vectors.mean_axis(Axis(0)).ok_or("no sequence ends in that word")?;
        found.number("context_share", split, between(&centred, &classes), None);
        if look.cell.seed > 0 {
            continue;
        }
        let plane = components(&centred);
        for (place, sequence) in plane.rows().into_iter().zip(&sequences) {
            found.points.push(Point {
                split: split.to_owned(),
                series: format!("{}: {}", word.trim_end_matches("=?"), task.word_of(sequence.targets[0].answer)),
                name: format!("lag {}", sequence.targets[0].lag),
                x: place[0],
                y: place[1],
            });
        }
    }
    Ok(())
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
    use layer::init;

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
