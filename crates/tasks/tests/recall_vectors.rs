//! Keys of `recall-vectors`, and what values and positions tell without them.

use tasks::recall_at_lag::lag_grid;
use tasks::recall_vectors::Filler;
use tasks::{RecallVectors, Sequence, Split, Task};

fn of(n: usize, k: Option<usize>, key_width: usize, values: usize) -> RecallVectors {
    let filler = if k.is_some() { Filler::Blank } else { Filler::Pairs };
    RecallVectors { n, k, key_width, values, filler }.check().unwrap()
}

/// A solver that sees all values and where they stand, but no key: it has learnt how often each lag was asked for, and
/// answers the value with the most weight.
#[test]
fn values_and_positions_without_keys_give_the_floor() {
    const QUESTIONS: u64 = 20_000;
    for (n, k, values) in [(64, Some(4), 16), (16, Some(2), 3), (64, None, 16), (33, None, 4), (9, None, 30)] {
        let task = of(n, k, 1, values);
        let mut asked = vec![0f64; n];
        // Every lag of the grid equally often, as the test split has them.
        (0..QUESTIONS).for_each(|i| asked[task.sequence(0, Split::Validation, i).targets[0].lag] += 1.0);
        let most = asked.iter().copied().fold(0.0, f64::max);
        let right = |sequence: Sequence| {
            let mut weight = vec![0f64; values];
            for (step, token) in sequence.tokens.iter().enumerate().filter(|(_, token)| **token > 0) {
                // Counts differ by one at the most, which tells nothing.
                weight[*token as usize - 1] += (asked[n - 1 - step] / most).round();
            }
            let best = (0..values).max_by(|a, b| weight[*a].total_cmp(&weight[*b])).unwrap();
            sequence.targets[0].answer.class() == best
        };
        let right = (0..QUESTIONS).filter(|index| right(task.sequence(0, Split::Test, *index))).count();
        let (accuracy, floor) = (right as f64 / QUESTIONS as f64, task.floors(0)[0].accuracy);
        let error = (floor * (1.0 - floor) / QUESTIONS as f64).sqrt();
        assert!((accuracy - floor).abs() < 5.0 * error, "n {n}, K {k:?}, V {values}: {accuracy} for {floor} ± {error}");
    }
}

#[test]
fn the_last_step_repeats_a_key_and_entries_have_unit_variance() {
    for k in [Some(3), None] {
        let task = of(40, k, 16, 16);
        let (mut sum, mut squares, mut count) = (0.0, 0.0, 0.0);
        for index in 0..500 {
            let sequence = task.sequence(7, Split::Train, index);
            let keys: Vec<&[f32]> = sequence.values.chunks_exact(16).collect();
            let equal: Vec<usize> = (0..39).filter(|step| keys[*step] == keys[39]).collect();
            assert_eq!(equal, [39 - sequence.targets[0].lag]);
            for (key, token) in keys.iter().zip(&sequence.tokens).take(39) {
                assert_eq!(*token == 0, key.iter().all(|entry| *entry == 0.0));
                if *token > 0 {
                    sum += key.iter().map(|entry| f64::from(*entry)).sum::<f64>();
                    squares += key.iter().map(|entry| f64::from(*entry).powi(2)).sum::<f64>();
                    count += 16.0;
                }
            }
            assert_eq!(sequence.tokens.iter().filter(|token| **token > 0).count(), k.unwrap_or(39));
        }
        // Five errors of a mean and of a variance.
        assert!((sum / count).abs() < 5.0 / f64::sqrt(count), "mean {}", sum / count);
        assert!((squares / count - 1.0).abs() < 5.0 * f64::sqrt(2.0 / count), "variance {}", squares / count);
    }
}

#[test]
fn half_a_million_keys_are_told_apart() {
    let task = of(524_288, None, 16, 16);
    let grid = lag_grid(524_288);
    for index in [0, grid.len() as u64 - 1] {
        let sequence = task.sequence(0, Split::Test, index);
        assert_eq!(sequence.values.len(), 524_288 * 16);
        assert_eq!(sequence.targets[0].lag, grid[index as usize]);
        assert_eq!(task.oracle(&sequence), [sequence.targets[0].answer]);
    }
}
