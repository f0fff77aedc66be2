//! What the dumbest models could make of `recall-many`: those that see values and places but no tags, the question alone,
//! the other steps alone, or the tags that are asked for without binding them to slots.

use tasks::{RecallMany, Sequence, Split, Task};

const QUESTIONS: usize = 40_000;

fn of(tags: usize, values: usize, k: usize) -> RecallMany {
    RecallMany { tags, values, k }.check().unwrap()
}

/// Tag and value of each step, and the tags that are asked for.
fn parts(sequence: &Sequence, k: usize) -> (Vec<(usize, usize)>, Vec<usize>) {
    let steps: Vec<_> = sequence.tokens.chunks_exact(2 + k).collect();
    let (last, past) = steps.split_last().unwrap();
    assert_eq!(last[..2], [0, 0], "the step that asks carries no pair");
    assert!(past.iter().all(|step| step[2..].iter().all(|asked| *asked == 0)), "and no other asks");
    let pairs = past.iter().map(|step| (step[0] as usize - 1, step[1] as usize - 1)).collect();
    (pairs, last[2..].iter().map(|tag| *tag as usize - 1).collect())
}

fn most(weight: &[f64]) -> usize {
    (0..weight.len()).max_by(|a, b| weight[*a].total_cmp(&weight[*b])).unwrap()
}

/// The share of right answers of a solver of test sequences; it gets pairs, tags asked for, and one slot.
fn score(task: &RecallMany, solve: impl Fn(&[(usize, usize)], &[usize], usize) -> usize) -> f64 {
    let mut right = 0;
    for index in 0..(QUESTIONS / task.k) as u64 {
        let sequence = task.sequence(0, Split::Test, index);
        let (pairs, asked) = parts(&sequence, task.k);
        let hits = sequence.targets.iter().filter(|t| solve(&pairs, &asked, t.slot) == t.answer.class());
        right += hits.count();
    }
    right as f64 / (QUESTIONS / task.k * task.k) as f64
}

/// Five standard errors of that many questions, twice: floors are counted as well. Questions of one sequence go together.
fn near(accuracy: f64, floor: f64, k: usize) -> bool {
    (accuracy - floor).abs() < 7.1 * (floor * (1.0 - floor) * k.min(4) as f64 / QUESTIONS as f64).sqrt()
}

const SIZES: [(usize, usize, usize); 5] = [(16, 8, 1), (16, 8, 4), (16, 8, 16), (7, 3, 2), (4, 8, 1)];

/// It has learnt how often each step was asked for, and answers the value with the most weight.
#[test]
fn values_and_positions_without_tags_give_the_floor() {
    for (tags, kinds, k) in SIZES {
        let task = of(tags, kinds, k);
        let mut asked = vec![0.0; tags + 1];
        for index in 0..(QUESTIONS / k) as u64 {
            task.sequence(0, Split::Train, index).targets.iter().for_each(|target| asked[target.lag] += 1.0);
        }
        let accuracy = score(&task, |pairs, _, _| {
            let mut weight = vec![0.0; kinds];
            pairs.iter().enumerate().for_each(|(step, (_, value))| weight[*value] += asked[tags - step]);
            most(&weight)
        });
        let floor = task.floors(0)[0].accuracy;
        assert!(near(accuracy, floor, k), "T {tags}, V {kinds}, k {k}: {accuracy} for {floor}");
    }
}

/// Each of 65,536 values was once held against all the others, for each sequence: an end was not to be seen. Of so many none comes
/// twice, so the first of six is taken, and is in a slot one time in six.
#[test]
fn floors_of_many_values_have_an_end() {
    let floors = of(6, 1 << 16, 2).floors(0);
    assert!((floors[0].accuracy - 1.0 / 6.0).abs() < 0.03, "{floors:?}");
}

/// The floor against its closed form where that is short: of four draws from two values, the larger group has 2, 3 or 4.
#[test]
fn the_commonest_value_has_its_closed_form() {
    let expected = (2.0 * 6.0 + 3.0 * 8.0 + 4.0 * 2.0) / 16.0 / 4.0;
    let [all, asked] = of(4, 2, 4).commonest(3);
    assert!(near(all, expected, 4) && all == asked, "{all} {asked} for {expected}");
    // Of one value asked for, the commonest is that one.
    assert_eq!(of(6, 3, 1).commonest(0)[1], 1.0);
    assert!(of(6, 3, 1).floors(0).iter().all(|floor| floor.accuracy < 0.6), "and no floor");
}

/// What was asked for, in which slot, tells no value: a table of the likeliest value of each tag is no better than 1/V.
#[test]
fn the_question_alone_tells_nothing() {
    for (tags, kinds, k) in SIZES {
        let task = of(tags, kinds, k);
        let mut count = vec![vec![0.0; kinds]; tags * k];
        for index in 0..(QUESTIONS / k) as u64 {
            let sequence = task.sequence(0, Split::Train, index);
            let (_, asked) = parts(&sequence, k);
            sequence.targets.iter().for_each(|t| count[asked[t.slot] * k + t.slot][t.answer.class()] += 1.0);
        }
        let accuracy = score(&task, |_, asked, slot| most(&count[asked[slot] * k + slot]));
        assert!(near(accuracy, 1.0 / kinds as f64, k), "T {tags}, V {kinds}, k {k}: {accuracy}");
    }
}

/// With values dealt evenly, the value that the other steps lack would be the answer, always.
#[test]
fn the_other_steps_do_not_give_the_value_away() {
    for (tags, kinds, k) in SIZES {
        let task = of(tags, kinds, k);
        for sign in [1.0, -1.0] {
            let accuracy = score(&task, |pairs, asked, slot| {
                let mut weight = vec![0.0; kinds];
                let others = pairs.iter().filter(|(tag, _)| *tag != asked[slot]);
                others.for_each(|(_, value)| weight[*value] += sign);
                most(&weight)
            });
            assert!(near(accuracy, 1.0 / kinds as f64, k), "T {tags}, V {kinds}, k {k}: {accuracy}");
        }
    }
}

/// Which tags are asked for is drawn: a solver that answers each slot by the tag that it was asked for most often has chance,
/// but for the one case in T that it meets.
#[test]
fn no_slot_has_a_tag_of_its_own() {
    for (tags, kinds, k) in [(16, 8, 1), (16, 8, 4), (16, 8, 16)] {
        let task = of(tags, kinds, k);
        let accuracy = score(&task, |pairs, _, slot| pairs.iter().find(|(tag, _)| *tag == slot).unwrap().1);
        let chance = (1.0 + (tags as f64 - 1.0) / kinds as f64) / tags as f64;
        assert!(near(accuracy, chance, k), "k {k}: {accuracy} for {chance}");
    }
}

/// Fetching what is asked for without knowing which slot's it is.
#[test]
fn the_values_asked_for_without_their_slots_have_the_second_floor() {
    for (tags, kinds, k) in [(16, 8, 4), (16, 8, 16), (7, 3, 2)] {
        let task = of(tags, kinds, k);
        let accuracy = score(&task, |pairs, asked, _| {
            let mut weight = vec![0.0; kinds];
            pairs.iter().filter(|(tag, _)| asked.contains(tag)).for_each(|(_, value)| weight[*value] += 1.0);
            most(&weight)
        });
        let floor = &task.floors(0)[2];
        assert_eq!(floor.name, "commonest of those asked for");
        assert!(near(accuracy, floor.accuracy, k), "k {k}: {accuracy} for {}", floor.accuracy);
    }
}

/// Looking for the tag of the first slot alone.
#[test]
fn one_of_several_has_the_third_floor() {
    for (tags, kinds, k) in [(16, 8, 4), (16, 8, 16), (7, 3, 2)] {
        let task = of(tags, kinds, k);
        let accuracy = score(&task, |pairs, asked, slot| {
            let guess = slot % kinds;
            if slot > 0 { guess } else { pairs.iter().find(|(tag, _)| *tag == asked[0]).unwrap().1 }
        });
        let floor = &task.floors(0)[3];
        assert_eq!(floor.name, "one fetched, the others guessed");
        assert!(near(accuracy, floor.accuracy, k), "k {k}: {accuracy} for {}", floor.accuracy);
    }
}

/// Every tag is asked for equally often in every slot, stands anywhere, and none twice in a sequence.
#[test]
fn tags_are_drawn_anew_for_every_slot() {
    let task = of(5, 2, 3);
    let (mut lags, mut tags) = ([[0usize; 6]; 3], [[0usize; 5]; 3]);
    for index in 0..5000 {
        let sequence = task.sequence(1, Split::Test, index);
        assert_eq!(sequence.targets.iter().map(|target| target.slot).collect::<Vec<_>>(), [0, 1, 2]);
        sequence.targets.iter().for_each(|target| lags[target.slot][target.lag] += 1);
        let (_, asked) = parts(&sequence, 3);
        assert!(asked[0] != asked[1] && asked[0] != asked[2] && asked[1] != asked[2]);
        asked.iter().enumerate().for_each(|(slot, tag)| tags[slot][*tag] += 1);
    }
    assert_eq!(lags[0][1..], [1000; 5]);
    assert!(lags.iter().all(|lags| lags[1..].iter().all(|count| count.abs_diff(1000) < 150)), "{lags:?}");
    assert!(tags.iter().all(|tags| tags.iter().all(|count| count.abs_diff(1000) < 150)), "{tags:?}");
}

#[test]
fn more_than_can_be_asked_is_refused() {
    let refused = |tags, k| RecallMany { tags, values: 8, k }.check().unwrap_err().to_string();
    assert_eq!(refused(4, 5), "k = 5 is outside 1 … 4");
    assert_eq!(refused(65_536, 300), "k = 300 is outside 1 … 256");
}
