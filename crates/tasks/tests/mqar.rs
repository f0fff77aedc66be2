//! What the dumbest models could make of `mqar`: those that see places and values but no key, or only what is near.

use std::collections::{HashMap, HashSet};

use tasks::mqar::Positions;
use tasks::{Mqar, Sequence, Split, Task};

fn of(n: usize, k: usize, positions: Positions) -> Mqar {
    Mqar { n, k, vocabulary: 64, power_a: 0.01, positions, random_non_queries: false }.check().unwrap()
}

/// Which pair each query asks for, by its step, read off the tokens.
fn pairs_by_step(sequence: &Sequence, k: usize) -> Vec<(usize, usize)> {
    let pair = |step: usize| (0..k).find(|pair| sequence.tokens[2 * pair] == sequence.tokens[step]).unwrap();
    sequence.targets.iter().map(|target| (target.step, pair(target.step))).collect()
}

/// Six standard errors of 20,000 sequences; the leak of the classic form is ten times that.
#[test]
fn shuffled_keys_leave_nothing_to_be_read_off_the_places() {
    for (n, k) in [(64, 4), (128, 8), (16, 2), (64, 16)] {
        let chance = 1.0 / k as f64;
        let error = (chance * (1.0 - chance) / (20_000.0 * k as f64)).sqrt();
        let oracle = of(n, k, Positions::Shuffled).position_only_oracle(1);
        assert!((oracle - chance).abs() < 6.0 * error, "n {n}, K {k}: {oracle} for {chance} ± {error}");
    }
}

/// In the classic form places tell. What is computed over all orders is what a table learns that has a row for every set of
/// places, and no less than one that knows only how many queries came before.
#[test]
fn classic_places_tell_as_much_as_the_oracle_says() {
    let task = of(16, 3, Positions::Classic);
    let exact = task.position_only_oracle(0);
    let mut table: HashMap<(Vec<usize>, usize), [u32; 3]> = HashMap::new();
    let places = |sequence: &Sequence| sequence.targets.iter().map(|target| target.step).collect::<Vec<_>>();
    for index in 0..30_000 {
        let sequence = task.sequence(0, Split::Train, index);
        for (step, pair) in pairs_by_step(&sequence, 3) {
            table.entry((places(&sequence), step)).or_default()[pair] += 1;
        }
    }
    let mut right = 0;
    for index in 0..10_000 {
        let sequence = task.sequence(0, Split::Test, index);
        for (step, pair) in pairs_by_step(&sequence, 3) {
            let counts = table[&(places(&sequence), step)];
            right += usize::from((0..3).max_by_key(|pair| counts[*pair]) == Some(pair));
        }
    }
    let learnt = right as f64 / 30_000.0;
    assert!((exact - learnt).abs() < 0.015 && exact > 1.0 / 3.0 + 0.05, "{exact} {learnt}");
    for (n, k, expected) in [(64, 4, 0.290), (128, 8, 0.154), (256, 16, 0.083)] {
        let task = of(n, k, Positions::Classic);
        let (exact, learnt) = (task.position_only_oracle(0), task.learnt_by_position(0));
        assert!((exact - expected).abs() < 0.003, "the number in the documentation at n {n}, K {k}: {exact}");
        assert!(learnt > 1.0 / k as f64 && learnt < exact + 0.003, "n {n}, K {k}: {learnt} of {exact}");
        assert_eq!(task.floors(0)[0].accuracy, exact, "and it is the floor to beat");
    }
    let even = Mqar { power_a: 1.0, ..of(64, 4, Positions::Classic) };
    assert!((even.position_only_oracle(0) - 0.25).abs() < 1e-9, "slots that are all alike tell nothing");
}

/// The first key of the classic form has its slot by the power law, zoology's p ∝ (g + 1)^(a − 1).
#[test]
fn slots_follow_the_power_law() {
    const COUNT: usize = 20_000;
    for power_a in [0.01, 1.0] {
        let task = Mqar { power_a, ..of(24, 4, Positions::Classic) };
        let mut found = [0.0; 8];
        for index in 0..COUNT as u64 {
            let sequence = task.sequence(2, Split::Train, index);
            let first = pairs_by_step(&sequence, 4).into_iter().find(|(_, pair)| *pair == 0).unwrap();
            found[(first.0 - 8) / 2] += 1.0;
        }
        let weights: Vec<f64> = (1..=8).map(|slot| f64::from(slot).powf(power_a - 1.0)).collect();
        for (found, weight) in found.iter().zip(&weights) {
            let expected = weight / weights.iter().sum::<f64>();
            assert!((found / COUNT as f64 - expected).abs() < 0.02, "{power_a}: {found} for {expected}");
        }
    }
}

/// The floor of a short reach against a copier that is really run: it names one of the values that it sees, at random.
#[test]
fn a_short_reach_has_the_floor_of_its_copier() {
    let task = of(64, 4, Positions::Shuffled);
    let floor = task.floor_within(&|lag| lag <= 8).unwrap();
    let mut tally: HashMap<usize, (f64, f64)> = HashMap::new();
    for index in 0..20_000 {
        let sequence = task.sequence(3, Split::Test, index);
        for (step, pair) in pairs_by_step(&sequence, 4) {
            let seen = (0..4).filter(|pair| step - (2 * pair + 1) <= 8).count();
            let (right, asked) = tally.entry(step - 2 * pair).or_default();
            if step - (2 * pair + 1) <= 8 {
                *right += 1.0 / seen as f64;
            }
            *asked += 1.0;
        }
    }
    for lag in [2, 4, 6, 8] {
        let (right, asked) = tally[&lag];
        assert!((floor[&lag] - right / asked).abs() < 0.02, "lag {lag}: {} for {}", floor[&lag], right / asked);
    }
    // A key at a lag of 10 has its value at 9, out of sight; 28 to 32 of the values are.
    assert!((1.0 / 32.0..=1.0 / 28.0).contains(&floor[&10]), "{}", floor[&10]);
    assert!(task.floor_within(&|_| true).unwrap().values().all(|floor| (floor - 0.25).abs() < 1e-12));
}

#[test]
fn a_sequence_is_pairs_then_each_key_once_more() {
    for positions in [Positions::Classic, Positions::Shuffled] {
        for random_non_queries in [false, true] {
            let task = Mqar { random_non_queries, ..of(32, 5, positions) };
            for index in 0..200 {
                let Sequence { tokens, targets, .. } = task.sequence(0, Split::Train, index);
                let keys: HashSet<_> = tokens[..10].iter().step_by(2).collect();
                let values: HashSet<_> = tokens[1..10].iter().step_by(2).collect();
                assert!(keys.len() == 5 && values.len() == 5, "all different");
                assert!(keys.iter().all(|key| (1..32).contains(*key)) && values.iter().all(|value| **value >= 32));
                let asked: HashSet<_> = targets.iter().map(|target| &tokens[target.step]).collect();
                assert!(asked == keys && targets.iter().all(|target| target.step % 2 == 0 && target.step >= 10));
                let others = (10..32).filter(|step| targets.iter().all(|target| target.step != *step));
                let blank = others.map(|step| tokens[step]).filter(|token| *token == 0).count();
                assert!(if random_non_queries { blank < 5 } else { blank == 17 }, "{blank} blanks");
            }
        }
    }
}
