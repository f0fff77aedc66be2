//! What `induction` gives away, and what it does not.

use tasks::{Induction, Sequence, Split, Task};

fn of(n: usize, vocabulary: usize) -> Induction {
    Induction { n, vocabulary }.check().unwrap()
}

const COUNT: u64 = 40_000;

/// The share of right answers of a solver of test sequences.
fn score(task: &Induction, solve: impl Fn(&Sequence) -> usize) -> f64 {
    let drawn = (0..COUNT).map(|index| task.sequence(0, Split::Test, index));
    drawn.filter(|sequence| solve(sequence) == sequence.targets[0].answer.class()).count() as f64 / COUNT as f64
}

/// Five standard errors.
fn near(accuracy: f64, expected: f64) -> bool {
    (accuracy - expected).abs() < 5.0 * (expected * (1.0 - expected) / COUNT as f64).sqrt()
}

#[test]
fn the_special_token_stands_twice_and_its_successor_is_the_answer() {
    for split in [Split::Train, Split::Validation, Split::Test] {
        let task = of(9, 4);
        let mut places = [0f64; 9];
        for index in 0..7000 {
            let sequence = task.sequence(2, split, index);
            let special: Vec<_> = (0..9).filter(|step| sequence.tokens[*step] == task.special()).collect();
            assert_eq!((special.len(), special[1]), (2, 8));
            let target = sequence.targets[0];
            assert_eq!((target.step, target.lag), (8, 7 - special[0]));
            assert_eq!(sequence.tokens[special[0] + 1] as usize, target.answer.class());
            places[special[0]] += 1.0 / 7000.0;
        }
        // Anywhere but at the last two steps.
        assert!(places[..7].iter().all(|share| (share - 1.0 / 7.0).abs() < 0.025), "{places:?}");
        assert_eq!(places[7], 0.0);
    }
}

/// Whoever finds the special token and looks at that step, or at the one before it, knows nothing; a step at a fixed distance
/// from the end is the right one in one of n − 2 cases.
#[test]
fn neighbours_and_places_tell_nothing() {
    let (n, vocabulary) = (12, 5);
    let task = of(n, vocabulary);
    let guess = 1.0 / vocabulary as f64;
    let before = score(&task, |sequence| {
        let special = sequence.tokens.iter().position(|token| *token == task.special()).unwrap();
        sequence.tokens[special.max(1) - 1] as usize % vocabulary
    });
    assert!(near(before, guess), "{before}");
    let two_after = score(&task, |sequence| {
        let special = sequence.tokens.iter().position(|token| *token == task.special()).unwrap();
        sequence.tokens[special + 2] as usize % vocabulary
    });
    assert!(near(two_after, guess), "{two_after}");
    for lag in [1, 5, 10] {
        // Where the special token itself stands there, any answer is a guess.
        let fixed = score(&task, |sequence| sequence.tokens[n - 1 - lag] as usize % vocabulary);
        let expected = 0.1 + 0.9 * guess;
        assert!(near(fixed, expected), "lag {lag}: {fixed} for {expected}");
    }
    let place = score(&task, |sequence| sequence.targets[0].lag % vocabulary);
    assert!(near(place, guess), "{place}");
}

/// The bag, in closed form where it is short: of two tokens, one of which is the answer.
#[test]
fn the_commonest_token_is_the_floor() {
    // n = 4: the special token, its successor, one more token, and the special token again. Both alike in half of the cases.
    let floors = of(4, 2).floors(1);
    assert!((floors[0].accuracy - 0.75).abs() < 0.02, "{floors:?}");
    assert_eq!(floors[1].accuracy, 0.5);
    for n in [16, 64, 256] {
        let task = of(n, 16);
        let counted = score(&task, |sequence| {
            let count = |token: usize| sequence.tokens.iter().filter(|other| **other as usize == token).count();
            (0..16).rev().max_by_key(|token| count(*token)).unwrap()
        });
        let floor = task.floors(1)[0].accuracy;
        // The floor is counted on as few as 4096 sequences.
        assert!((counted - floor).abs() < 0.025 && floor > 1.0 / 16.0, "n {n}: {counted} for {floor}");
    }
}
