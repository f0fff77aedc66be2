//! Floors of `selective-copy` against solvers that are really run, and what its places tell.

use tasks::{SelectiveCopy, Sequence, Split, Task};

fn of(n: usize, data: usize, vocabulary: usize) -> SelectiveCopy {
    SelectiveCopy { n, data, vocabulary }.check().unwrap()
}

fn drawn(task: &SelectiveCopy, split: Split, count: u64) -> impl Iterator<Item = Sequence> + '_ {
    (0..count).map(move |index| task.sequence(1, split, index))
}

#[test]
fn a_sequence_is_data_among_noise_and_then_markers() {
    let task = of(20, 4, 5);
    let mut places = [0f64; 16];
    for sequence in drawn(&task, Split::Train, 8000) {
        let (context, markers) = sequence.tokens.split_at(16);
        assert_eq!(markers, [6; 4]);
        let data: Vec<(usize, u32)> =
            (0..16).map(|step| (step, context[step])).filter(|(_, token)| *token > 0).collect();
        assert_eq!((data.len(), sequence.targets.len()), (4, 4));
        for (i, ((step, token), target)) in data.iter().zip(&sequence.targets).enumerate() {
            assert!((1..=5).contains(token));
            assert_eq!((target.step, target.lag), (16 + i, 16 + i - step));
            assert_eq!(target.answer.class() as u32, token - 1);
            places[*step] += 1.0 / 8000.0;
        }
    }
    assert!(places.iter().all(|share| (share - 0.25).abs() < 0.03), "{places:?}");
}

/// The chance that data at a step is the i-th, counted on training sequences.
#[test]
fn the_chances_by_place_are_those_of_the_drawing() {
    let task = of(15, 3, 4);
    let chances = task.by_place();
    let mut count = vec![vec![0.0; 12]; 3];
    let mut there = [0f64; 12];
    for sequence in drawn(&task, Split::Train, 40_000) {
        let data = (0..12).filter(|step| sequence.tokens[*step] > 0);
        for (i, step) in data.enumerate() {
            count[i][step] += 1.0;
            there[step] += 1.0;
        }
    }
    for step in 0..12 {
        let sum: f64 = chances.iter().map(|chances| chances[step]).sum();
        assert!((sum - 1.0).abs() < 1e-9, "data at step {step} is some of the three: {sum}");
        for i in 0..3 {
            let counted = count[i][step] / there[step];
            assert!((counted - chances[i][step]).abs() < 0.03, "{i} at {step}: {counted} for {}", chances[i][step]);
        }
    }
}

/// A vote whose weights are learnt by counting, as a line over time could, comes to the floor by place and not beyond it.
#[test]
fn a_vote_with_weights_that_were_learnt_has_the_floor_by_place() {
    for (n, data) in [(20, 4), (64, 8)] {
        let (task, kinds, context) = (of(n, data, 6), 6, n - data);
        let mut weights = vec![vec![0.0; context]; data];
        for sequence in drawn(&task, Split::Train, 20_000) {
            for (i, target) in sequence.targets.iter().enumerate() {
                // Steps that hold the right symbol, more often than steps with data do by chance.
                for step in (0..context).filter(|step| sequence.tokens[*step] > 0) {
                    let same = sequence.tokens[step] as usize == target.answer.class() + 1;
                    weights[i][step] += if same { 1.0 } else { -1.0 / (kinds - 1) as f64 };
                }
            }
        }
        let mut by_lag = vec![(0.0, 0.0); n];
        for sequence in drawn(&task, Split::Test, 20_000) {
            for (i, target) in sequence.targets.iter().enumerate() {
                let mut votes = vec![0.0; kinds];
                for step in (0..context).filter(|step| sequence.tokens[*step] > 0) {
                    votes[sequence.tokens[step] as usize - 1] += weights[i][step];
                }
                let best = (0..kinds).max_by(|a, b| votes[*a].total_cmp(&votes[*b])).unwrap();
                by_lag[target.lag].0 += f64::from(u8::from(best == target.answer.class()));
                by_lag[target.lag].1 += 1.0;
            }
        }
        let met: Vec<f64> =
            by_lag.iter().filter(|(_, asked)| *asked > 0.0).map(|(right, asked)| right / asked).collect();
        let accuracy = met.iter().sum::<f64>() / met.len() as f64;
        let floors = task.floors(0);
        assert!((accuracy - floors[0].accuracy).abs() < 0.03, "n {n}: {accuracy} for {floors:?}");
        assert!(floors[0].accuracy > floors[2].accuracy + 0.1, "it is no guess: {floors:?}");
    }
}

/// With no noise there is nothing to select, and place is all.
#[test]
fn without_noise_place_tells_all() {
    let floors = of(8, 4, 30).floors(0);
    assert_eq!(floors[0].accuracy, 1.0);
    assert!(floors[1].accuracy < 0.4);
}

/// At the published size, 16 of 4096 steps, place alone is worth twice the bag: more than some published models have.
#[test]
fn at_the_published_size_place_alone_is_worth_four_in_ten() {
    let floors = of(4112, 16, 14).floors(0);
    assert!((floors[0].accuracy - 0.41).abs() < 0.03, "{floors:?}");
    assert!((floors[1].accuracy - 0.205).abs() < 0.02, "{floors:?}");
}
