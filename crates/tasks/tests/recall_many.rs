//! What values and positions of `recall-many` tell without the tags.

use tasks::{RecallMany, Sequence, Split, Task};

fn of(tags: usize, values: usize, k: usize) -> RecallMany {
    RecallMany { tags, values, k }.check().unwrap()
}

/// Values of the steps, without the one that asks.
fn values(sequence: &Sequence) -> Vec<usize> {
    let steps = sequence.tokens.chunks_exact(2).map(|step| step[1] as usize);
    steps.filter(|value| *value > 0).map(|value| value - 1).collect()
}

/// A solver that sees all values and where they stand, but no tag: it has learnt how often each step was asked for, and
/// answers the value with the most weight. It should have the floor and no more.
#[test]
fn values_and_positions_without_tags_give_the_floor() {
    const QUESTIONS: usize = 40_000;
    for (tags, kinds, k) in [(32, 8, 1), (32, 8, 4), (6, 3, 2), (7, 3, 1), (4, 8, 1)] {
        let task = of(tags, kinds, k);
        let mut asked = vec![0.0; tags + 1];
        let sequences = (QUESTIONS / k) as u64;
        for index in 0..sequences {
            task.sequence(0, Split::Train, index).targets.iter().for_each(|target| asked[target.lag] += 1.0);
        }
        let mut right = 0;
        for index in 0..sequences {
            let sequence = task.sequence(0, Split::Test, index);
            let mut weight = vec![0f64; kinds];
            for (step, value) in values(&sequence).into_iter().enumerate() {
                weight[value] += asked[tags - step];
            }
            let best = (0..kinds).max_by(|a, b| weight[*a].total_cmp(&weight[*b])).unwrap();
            right += sequence.targets.iter().filter(|target| target.answer.class() == best).count();
        }
        let (accuracy, floor) = (right as f64 / QUESTIONS as f64, task.floors(0)[0].accuracy);
        let error = (floor * (1.0 - floor) / QUESTIONS as f64).sqrt();
        assert!((accuracy - floor).abs() < 5.0 * error, "T {tags}, V {kinds}: {accuracy} for {floor} ± {error}");
    }
}

/// Which value is the commoner one is drawn anew, so that none is worth learning.
#[test]
fn all_values_are_answers_equally_often() {
    let task = of(7, 3, 1);
    let mut count = [0usize; 3];
    (0..9000).for_each(|i| count[task.sequence(2, Split::Train, i).targets[0].answer.class()] += 1);
    assert!(count.iter().all(|count| count.abs_diff(3000) < 220), "{count:?}");
}

#[test]
fn each_tag_asked_for_has_a_slot_and_stands_anywhere() {
    let task = of(5, 2, 3);
    let mut count = [[0usize; 6]; 3];
    for index in 0..5000 {
        let targets = task.sequence(1, Split::Test, index).targets;
        assert_eq!(targets.iter().map(|target| target.slot).collect::<Vec<_>>(), [0, 1, 2]);
        targets.iter().for_each(|target| count[target.slot][target.lag] += 1);
    }
    assert_eq!(count[0][1..], [1000; 5]);
    assert!(count.iter().all(|lags| lags[1..].iter().all(|count| count.abs_diff(1000) < 150)), "{count:?}");
}
