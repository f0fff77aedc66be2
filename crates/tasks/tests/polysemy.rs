//! What `polysemy` leaks and what it does not, and which lags a split draws.

use std::collections::{BTreeMap, BTreeSet};

use tasks::polysemy::sense;
use tasks::{Answer, Polysemy, Sequence, Split, Task};

fn task(settings: &str) -> Polysemy {
    toml::from_str::<Polysemy>(settings).unwrap().check().unwrap()
}

/// The lags at which a sequence has cues.
fn lags_of(task: &Polysemy, sequence: &Sequence) -> BTreeSet<usize> {
    task.questions(sequence).iter().map(|question| question.targets[0].lag).collect()
}

#[test]
fn choices_never_meet_a_lag_that_is_held_out() {
    let held = task("n = 64");
    for (split, lags) in [
        (Split::Train, vec![1, 3, 6, 11, 23, 45]),
        (Split::Validation, vec![1, 3, 6, 11, 23, 45]),
        (Split::Test, vec![1, 2, 3, 4, 6, 8, 11, 16, 23, 32, 45, 63]),
    ] {
        let (mut cued, mut asked) = (BTreeSet::new(), BTreeMap::<usize, usize>::new());
        for index in 0..1200 {
            let sequence = held.sequence(0, split, index);
            cued.extend(lags_of(&held, &sequence));
            *asked.entry(sequence.targets[0].lag).or_default() += 1;
        }
        assert!(cued.iter().eq(lags.iter()), "{} {cued:?}", split.name());
        assert!(asked.keys().eq(lags.iter()), "{} {asked:?}", split.name());
        assert_eq!(lags == held.trained_lags(), split != Split::Test);
        if split != Split::Train {
            assert!(asked.values().all(|count| *count == 1200 / lags.len()), "{asked:?}");
        }
    }
    let open = task("n = 64\nheld_out = false");
    let cued: BTreeSet<usize> =
        (0..1200).flat_map(|index| lags_of(&open, &open.sequence(0, Split::Train, index))).collect();
    assert!(cued.into_iter().eq(open.lags()) && open.trained_lags() == open.lags());
}

/// Four standard errors, against the closed form: C = 1 tells the answer, 2 and 3 three quarters, 4 and 5 eleven sixteenths.
#[test]
fn counting_cues_has_the_floor_of_its_closed_form() {
    for (cues, expected) in [(1, 1.0), (2, 0.75), (3, 0.75), (4, 0.6875), (5, 0.6875)] {
        let task = task(&format!("n = 64\ncues = {cues}"));
        let error = (expected * (1.0 - expected) / 20_000f64).sqrt();
        let floor = task.cue_counting(1);
        assert!((floor - expected).abs() <= 4.0 * error, "{cues} cues: {floor} for {expected}");
        assert_eq!(task.floors(1)[0].accuracy, floor);
        let all = task.floor_within(&|_| true).unwrap();
        assert!(all.values().all(|floor| (floor - expected).abs() < 1e-12), "{all:?}");
    }
}

/// The closed form inside a reach, against a counter that is really run.
#[test]
fn a_short_reach_has_a_floor_of_its_own() {
    let task = task("n = 64\ncues = 4");
    let floor = task.floor_within(&|lag| lag <= 6).unwrap();
    let (mut right, mut asked) = (0.0, 0.0);
    for index in 0..24_000 {
        let sequence = task.sequence(3, Split::Test, index);
        let target = sequence.targets[0];
        if target.lag > 6 {
            continue;
        }
        let seen = (1..=6).map(|lag| sequence.tokens[2 * (63 - lag) + 1]).filter(|cue| *cue != 0);
        let lean: i32 = seen.map(|cue| if cue == 2 { 1 } else { -1 }).sum();
        let word = sequence.tokens[2 * 63] as usize - 1;
        let hit = Answer::Class(sense(word, usize::from(lean > 0))) == target.answer;
        right += if lean == 0 { 0.5 } else { f64::from(u8::from(hit)) };
        asked += 1.0;
    }
    assert!((floor[&4] - right / asked).abs() < 0.015, "{} {}", floor[&4], right / asked);
    assert!(floor[&4] > 0.75 && floor[&8] == 0.5, "{floor:?}");
    assert!(task.floor_within(&|_| false).unwrap().values().all(|floor| *floor == 0.5));
}

/// Every sequence that there can be, with three cues and four words at fixed places: each as likely as any other.
fn every_sequence() -> Vec<([usize; 3], [usize; 3], usize)> {
    let mut all = Vec::new();
    for words in (0..64).map(|code| [code / 16, code / 4 % 4, code % 4]) {
        if words[0] == words[1] || words[0] == words[2] || words[1] == words[2] {
            continue;
        }
        for cues in (0..8).map(|code| [code / 4, code / 2 % 2, code % 2]) {
            all.extend((0..3).map(|asked| (words, cues, asked)));
        }
    }
    assert_eq!(all.len(), 24 * 8 * 3);
    all
}

/// With shared senses, whatever is said of one step and one channel comes with A as often as with B: the gradient of an
/// additive model that says 1/2 is 0, and its loss is convex, so its best cross-entropy is ln 2.
#[test]
fn with_shared_senses_no_word_and_no_cue_leans_to_a_sense() {
    let mut leans: BTreeMap<(&str, usize, usize), i32> = BTreeMap::new();
    for (words, cues, asked) in every_sequence() {
        let sign = if sense(words[asked], cues[asked]) == 0 { 1 } else { -1 };
        for step in 0..3 {
            *leans.entry(("word", step, words[step])).or_default() += sign;
            *leans.entry(("cue", step, cues[step])).or_default() += sign;
        }
        *leans.entry(("asked", 0, words[asked])).or_default() += sign;
    }
    assert_eq!(leans.len(), 3 * 4 + 3 * 2 + 4);
    assert!(leans.values().all(|lean| *lean == 0), "{leans:?}");
}

/// With senses of its own for each word, a sum of what is said step by step does better: the word asked for adds 20 to
/// its own two answers, and each cue 0.5 to the sense that it would be. That is right in 3 of 4, with a cross-entropy well
/// below the ln 2 that a coin between the two senses of the word has.
#[test]
fn with_separate_senses_a_sum_does_better_than_chance() {
    let all = every_sequence();
    let (mut right, mut loss) = (0usize, 0.0);
    for (words, cues, asked) in &all {
        let word = words[*asked];
        let mut logits = [[0f64; 2]; 4];
        for (other, senses) in logits.iter_mut().enumerate() {
            for (which, logit) in senses.iter_mut().enumerate() {
                *logit += if other == word { 20.0 } else { 0.0 };
                *logit += cues.iter().map(|cue| if sense(other, *cue) == which { 0.5 } else { 0.0 }).sum::<f64>();
            }
        }
        let answer = sense(word, cues[*asked]);
        let flat = logits.as_flattened();
        right += usize::from(flat.iter().all(|logit| *logit <= logits[word][answer]));
        loss += flat.iter().map(|logit| logit.exp()).sum::<f64>().ln() - logits[word][answer];
    }
    let (accuracy, loss) = (right as f64 / all.len() as f64, loss / all.len() as f64);
    assert_eq!(accuracy, 0.75);
    assert!(loss < std::f64::consts::LN_2 - 0.09, "{loss}");
}

/// The same sequence, asked for each word that has a cue.
#[test]
fn questions_differ_in_the_word_asked_for_alone() {
    let task = task("n = 32");
    for index in 0..40 {
        let sequence = task.sequence(0, Split::Test, index);
        let questions = task.questions(&sequence);
        assert_eq!(questions.len(), 3);
        assert!(questions.contains(&sequence));
        assert_eq!(questions.iter().map(|question| question.tokens[62]).collect::<BTreeSet<_>>().len(), 3);
        for question in &questions {
            assert_eq!(task.oracle(question), [question.targets[0].answer]);
            assert_eq!(question.tokens[..62], sequence.tokens[..62]);
        }
    }
}
