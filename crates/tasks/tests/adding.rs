//! The floors of `adding` against fits that are really made, where the marks stand, and the solution that looks for nothing.

use tasks::adding::Drawing;
use tasks::{Adding, Answer, Sequence, Split, Task};

const DRAWINGS: [Drawing; 2] = [Drawing::Anywhere, Drawing::Halves];

fn of(n: usize, drawing: Drawing) -> Adding {
    Adding { n, drawing }.check().unwrap()
}

fn drawn(task: &Adding, split: Split, count: u64) -> impl Iterator<Item = Sequence> + '_ {
    (0..count).map(move |index| task.sequence(1, split, index))
}

fn sum_of(sequence: &Sequence) -> f64 {
    match sequence.targets[0].answer {
        Answer::Number(sum) => f64::from(sum),
        Answer::Class(_) => unreachable!("answers are numbers"),
    }
}

/// Mean squared error, on a second sample, of the line that fits the first best: by the normal equations, solved by elimination.
fn least_squares(fit: &[(Vec<f64>, f64)], score: &[(Vec<f64>, f64)]) -> f64 {
    let size = fit[0].0.len();
    let mut rows = vec![vec![0.0; size + 1]; size];
    for (features, y) in fit {
        for (row, a) in rows.iter_mut().zip(features) {
            row.iter_mut().zip(features.iter().chain([y])).for_each(|(sum, b)| *sum += a * b);
        }
    }
    for pivot in 0..size {
        // A little ridge: markers add up to two, and so depend on each other.
        rows[pivot][pivot] += 1e-9 * fit.len() as f64;
        let head = rows[pivot].clone();
        for (_, row) in rows.iter_mut().enumerate().filter(|(other, _)| *other != pivot) {
            let factor = row[pivot] / head[pivot];
            row.iter_mut().zip(&head).for_each(|(a, b)| *a -= factor * b);
        }
    }
    let weights: Vec<f64> = (0..size).map(|i| rows[i][size] / rows[i][i]).collect();
    let error = |(features, y): &(Vec<f64>, f64)| {
        let fitted: f64 = features.iter().zip(&weights).map(|(feature, weight)| feature * weight).sum();
        (y - fitted).powi(2)
    };
    score.iter().map(error).sum::<f64>() / score.len() as f64
}

/// Numbers and markers of all steps, and 1.
fn features(sequence: &Sequence) -> (Vec<f64>, f64) {
    let numbers = sequence.values.iter().map(|number| f64::from(*number));
    let markers = sequence.tokens.iter().map(|marker| f64::from(*marker));
    (numbers.chain(markers).chain([1.0]).collect(), sum_of(sequence))
}

/// What is fitted errs above the floor by what it has learnt of noise, 2n + 1 parts in 60,000, and either way by the noise of
/// 60,000 squares, whose deviation is about a fifth: 0.0008.
#[test]
fn the_best_line_has_the_loss_of_the_closed_form() {
    for drawing in DRAWINGS {
        for n in [4, 8, 15] {
            let task = of(n, drawing);
            let fit: Vec<_> = drawn(&task, Split::Train, 60_000).map(|sequence| features(&sequence)).collect();
            let score: Vec<_> = drawn(&task, Split::Test, 60_000).map(|sequence| features(&sequence)).collect();
            let (fitted, floor) = (least_squares(&fit, &score), task.best_line_loss());
            assert!((fitted - floor).abs() < 0.003, "n {n}, {drawing:?}: {fitted} for {floor}");
            assert!(1.0 / 6.0 - floor > 0.02, "the line is told from a constant");
        }
    }
    for n in [2, 8, 64, 600] {
        let floor = 1.0 / 6.0 - 1.0 / (3.0 * n as f64);
        assert!(DRAWINGS.iter().all(|drawing| (of(n, *drawing).best_line_loss() - floor).abs() < 1e-12));
    }
}

/// The line with the weights of the derivation has that loss, and the constant 1/6, on as many numbers as the test needs.
#[test]
fn the_line_of_the_derivation_and_the_constant_have_their_losses() {
    for drawing in DRAWINGS {
        for n in [7, 32] {
            let task = of(n, drawing);
            let (mut line, mut constant) = (0.0, 0.0);
            for sequence in drawn(&task, Split::Test, 60_000) {
                line += (task.best_line(&sequence) - sum_of(&sequence)).powi(2) / 60_000.0;
                constant += (1.0 - sum_of(&sequence)).powi(2) / 60_000.0;
            }
            let floors = task.loss_floors();
            assert!((constant - floors[0].1).abs() < 0.003, "n {n}, {drawing:?}: {constant}");
            assert!((line - floors[1].1).abs() < 0.003, "n {n}, {drawing:?}: {line} for {}", floors[1].1);
        }
    }
}

/// A hinge at each step, and a sum: no step has to be looked for.
#[test]
fn a_hinge_at_each_step_and_a_sum_solve_it() {
    for drawing in DRAWINGS {
        for sequence in drawn(&of(33, drawing), Split::Test, 200) {
            let steps = sequence.values.iter().zip(&sequence.tokens);
            let sum: f64 = steps.map(|(x, m)| (f64::from(*x) + f64::from(*m) - 1.0).max(0.0)).sum();
            assert!((sum - sum_of(&sequence)).abs() < 1e-6);
        }
    }
}

/// A solver that sees the last r steps: their marked numbers, and ½ for each mark that is not among them.
#[test]
fn a_short_reach_has_its_closed_forms() {
    for drawing in DRAWINGS {
        for (n, reach) in [(16, 1), (16, 5), (15, 9)] {
            let task = of(n, drawing);
            let within = task.floor_within(&|lag| lag < reach).unwrap();
            let (mut loss, mut by_lag) = (0.0, vec![(0.0, 0.0); n]);
            for sequence in drawn(&task, Split::Test, 60_000) {
                let seen = (n - reach..n).filter(|step| sequence.tokens[*step] == 1);
                let seen: Vec<f64> = seen.map(|step| f64::from(sequence.values[step])).collect();
                let guess = seen.iter().sum::<f64>() + 0.5 * (2 - seen.len()) as f64;
                let off = guess - sum_of(&sequence);
                loss += off * off / 60_000.0;
                let (right, asked) = &mut by_lag[sequence.targets[0].lag];
                *right += f64::from(u8::from(off.abs() <= 0.08));
                *asked += 1.0;
            }
            let floor = task.loss_within(&|lag| lag < reach);
            assert!((loss - floor).abs() < 0.003, "n {n}, {drawing:?}: {loss} for {floor}");
            if drawing == Drawing::Anywhere {
                assert!((floor - (1.0 - reach as f64 / n as f64) / 6.0).abs() < 1e-12);
            }
            for (lag, floor) in within.into_iter().filter(|(lag, _)| *lag >= reach) {
                let (right, asked) = by_lag[lag];
                let error = (floor * (1.0 - floor) / asked).sqrt();
                assert!((right / asked - floor).abs() < 5.0 * error, "lag {lag}: {} for {floor}", right / asked);
            }
        }
    }
}

/// Each step is marked as often as is said, each drawing has two marks, and halves have one each.
#[test]
fn marks_stand_where_the_drawing_says() {
    for drawing in DRAWINGS {
        let task = of(9, drawing);
        let mut count = [0.0; 9];
        for sequence in drawn(&task, Split::Train, 20_000) {
            let marked: Vec<_> = (0..9).filter(|step| sequence.tokens[*step] == 1).collect();
            assert_eq!(marked.len(), 2);
            assert!(drawing == Drawing::Anywhere || (marked[0] < 4 && marked[1] >= 4));
            assert_eq!(sequence.targets[0].lag, 8 - marked[0]);
            marked.iter().for_each(|step| count[*step] += 1.0 / 20_000.0);
        }
        assert!((0..9).all(|step| (count[step] - task.marked(step)).abs() < 0.02), "{drawing:?}: {count:?}");
    }
}
