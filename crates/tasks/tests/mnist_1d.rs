//! `mnist-1d` against what the package `mnist1d` makes with NumPy and SciPy.
//!
//! The numbers are in `mnist_1d.json`; `scripts/golden/mnist_1d.py` made them, and says what they are.

use std::collections::HashSet;

use serde_json::Value;
use tasks::mnist_1d::DataSet;
use tasks::{Mnist1d, Split, Task};

fn golden() -> Vec<Value> {
    let file: Value = serde_json::from_str(include_str!("mnist_1d.json")).unwrap();
    file["sets"].as_array().unwrap().clone()
}

fn integers(value: &Value) -> Vec<usize> {
    value.as_array().unwrap().iter().map(|number| number.as_u64().unwrap() as usize).collect()
}

fn task(settings: &str) -> Mnist1d {
    settings.parse::<toml::Table>().unwrap().try_into().unwrap()
}

/// As the script's: every number has its place in it.
fn digest(numbers: impl Iterator<Item = i64>) -> String {
    let weighted = numbers.zip(1u64..).map(|(number, place)| (number as u64).wrapping_mul(place));
    weighted.fold(0, u64::wrapping_add).to_string()
}

#[test]
fn agrees_with_the_package_in_every_number() {
    for golden in golden() {
        let seed = golden["seed"].as_u64().unwrap() as u32;
        let set = DataSet::published(seed, golden["positions"] == "shuffled");
        let what = format!("seed {seed}, positions {}", golden["positions"]);
        assert_eq!((set.values.len(), set.labels.len()), (200_000, 5_000));
        let first_and_last = [("x_first", &set.values[..40]), ("x_last", &set.values[199_960..])];
        for (name, made) in first_and_last {
            for (step, (made, golden)) in made.iter().zip(golden[name].as_array().unwrap()).enumerate() {
                let golden = golden.as_f64().unwrap();
                assert!((made - golden).abs() < 1e-9, "{what}: {name} at step {step}: {made} for {golden}");
            }
        }
        assert_eq!(set.labels[..60], integers(&golden["y_first"]), "{what}");
        let count = |digit: usize| set.labels[4_000..].iter().filter(|label| **label == digit).count();
        assert_eq!((0..10).map(count).collect::<Vec<_>>(), integers(&golden["y_test_counts"]), "{what}");
        let squares: f64 = set.values.iter().map(|value| value * value).sum();
        assert!((squares - golden["sum_of_squares"].as_f64().unwrap()).abs() < 1e-3, "{what}: {squares}");
        let millionths = set.values.iter().map(|value| (1e6 * value).round_ties_even() as i64);
        assert_eq!(digest(millionths), golden["digest_x"].as_str().unwrap(), "{what}");
        assert_eq!(digest(set.labels.iter().map(|label| *label as i64)), golden["digest_y"].as_str().unwrap());
    }
}

/// Training and test are those of the set, in its order and from its beginning again; no sample of validation is in them.
#[test]
fn splits_are_those_of_the_set_and_validation_has_others() {
    for (settings, shuffled) in [("positions = 'plain'", false), ("positions = 'shuffled'", true)] {
        let (task, set) = (task(settings), DataSet::published(42, shuffled));
        let single = |at: usize| set.values[40 * at..40 * (at + 1)].iter().map(|x| *x as f32).collect::<Vec<_>>();
        for (split, index, at) in [
            (Split::Train, 0, 0),
            (Split::Train, 3_999, 3_999),
            (Split::Train, 4_000, 0),
            (Split::Train, 8_017, 17),
            (Split::Test, 0, 4_000),
            (Split::Test, 999, 4_999),
            (Split::Test, 1_000, 4_000),
        ] {
            let sequence = task.sequence(0, split, index);
            assert_eq!(sequence.values, single(at), "{split:?} {index}");
            assert_eq!(sequence.targets[0].answer.class(), set.labels[at]);
            assert_eq!((sequence.targets[0].step, sequence.targets[0].lag), (39, 0));
        }
        let key = |sequence: tasks::Sequence| sequence.values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        let seen: HashSet<_> = (0..4_000)
            .map(|i| (Split::Train, i))
            .chain((0..1_000).map(|i| (Split::Test, i)))
            .map(|(split, index)| key(task.sequence(0, split, index)))
            .collect();
        assert_eq!(seen.len(), 5_000, "a sample stands twice");
        assert!((0..5_000).all(|index| !seen.contains(&key(task.sequence(0, Split::Validation, index)))));
    }
}

/// Mean square of each step, and mean product with its neighbour, over the first samples of a split.
fn profile(task: &Mnist1d, split: Split, count: u64) -> Vec<[f64; 2]> {
    let rows: Vec<Vec<f32>> = (0..count).map(|index| task.sequence(0, split, index).values).collect();
    let mean = |a: usize, b: usize| rows.iter().map(|row| f64::from(row[a] * row[b])).sum::<f64>() / count as f64;
    (0..40).map(|step| [mean(step, step), mean(step, (step + 1) % 40)]).collect()
}

/// Validation is standardised as the set is, and its positions stand in the same order: what is alike in the one is alike in
/// the other. Another order would show: in the plain one, neighbours are alike.
#[test]
fn validation_is_drawn_as_the_set_is() {
    let apart = |a: &[[f64; 2]], b: &[[f64; 2]]| -> Vec<f64> {
        a.iter().zip(b).map(|(a, b)| (a[0] - b[0]).abs().max((a[1] - b[1]).abs())).collect()
    };
    let profiles: Vec<_> = ["positions = 'plain'", "positions = 'shuffled'"]
        .map(task)
        .iter()
        .map(|task| {
            let of_set = profile(task, Split::Train, 4_000);
            let difference = apart(&of_set, &profile(task, Split::Validation, 5_000));
            assert!(difference.iter().all(|apart| *apart < 0.15), "{:?}: {difference:?}", task.positions);
            of_set
        })
        .collect();
    let difference = apart(&profiles[0], &profiles[1]);
    assert!(difference.iter().filter(|apart| **apart > 0.3).count() > 20, "no order could be seen: {difference:?}");
}

/// The floor is what the best constant answer really has.
#[test]
fn no_constant_answer_beats_the_floor() {
    for settings in ["", "data_seed = 7"] {
        let task = task(settings);
        let labels: Vec<_> = (0..1_000).map(|i| task.sequence(0, Split::Test, i).targets[0].answer.class()).collect();
        let share = |digit: usize| labels.iter().filter(|label| **label == digit).count() as f64 / 1_000.0;
        let best = (0..10).map(share).fold(0.0, f64::max);
        assert_eq!(task.floors(0)[0].accuracy, best);
        assert!(best > task.floors(0)[1].accuracy && best < 0.13, "{best}");
    }
}
