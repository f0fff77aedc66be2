//! MAD's tasks: what they ask, what their training repeats, and what can be had of them for nothing.

use tasks::{
    MadCompression, MadFuzzyRecall, MadMemorization, MadNoisyRecall, MadRecall, MadSelectiveCopying, Sequence, Split,
    TASKS, Target, Task,
};

fn all() -> Vec<Box<dyn Task>> {
    let of_mad = TASKS.iter().filter(|task| task.name.starts_with("mad-"));
    of_mad.map(|task| (task.build)(&toml::Table::new()).unwrap()).collect()
}

/// The share of right answers of a solver of test sequences, which gets a sequence and a question.
fn score(task: &dyn Task, sequences: u64, solve: impl Fn(&Sequence, &Target) -> usize) -> f64 {
    let (mut right, mut asked) = (0, 0);
    for sequence in (0..sequences).map(|index| task.sequence(0, Split::Test, index)) {
        right += sequence.targets.iter().filter(|target| solve(&sequence, target) == target.answer.class()).count();
        asked += sequence.targets.len();
    }
    right as f64 / asked as f64
}

#[test]
fn training_has_so_many_sequences_and_begins_again() {
    for task in all() {
        let examples = if task.name() == "mad-memorization" { 256 } else { 12_800 };
        let at = |split, index| task.sequence(3, split, index);
        assert_eq!(at(Split::Train, 5), at(Split::Train, 5 + examples), "{}", task.name());
        assert_ne!(at(Split::Train, 5), at(Split::Train, 6));
        assert_ne!(at(Split::Test, 5), at(Split::Test, 5 + examples), "{}: test sequences are all fresh", task.name());
    }
}

#[test]
fn training_asks_for_every_next_token_and_the_other_splits_for_what_can_be_recalled() {
    for task in all().into_iter().filter(|task| task.shows_answers()) {
        let train = task.sequence(0, Split::Train, 0);
        assert_eq!(train.targets.len(), task.time());
        for (step, target) in train.targets.iter().enumerate() {
            assert_eq!(target.step, step);
            let next = train.tokens.get(step + 1);
            assert!(next.is_none_or(|next| *next as usize == target.answer.class()), "{}", task.name());
        }
        for sequence in (0..50).map(|index| task.sequence(0, Split::Test, index)) {
            assert!(sequence.targets.iter().all(|target| target.lag > 1 && target.lag <= target.step));
            assert_eq!(sequence.targets.last().unwrap().step, task.time() - 1, "the last token can be recalled");
            // What stood so far back is the same token, before the same answer.
            for target in &sequence.targets {
                let before = target.step - target.lag;
                assert_eq!(sequence.tokens[before], sequence.tokens[target.step]);
                assert_eq!(sequence.tokens[before + 1] as usize, target.answer.class());
            }
        }
    }
}

/// The floors against solvers that are written here; none of them looks at a key.
#[test]
fn solvers_that_see_no_key_have_the_floors() {
    let task = MadRecall::default();
    let floors = task.floors(0);
    let last = score(&task, 400, |sequence, target| sequence.tokens[target.step - 1] as usize);
    assert!((last - floors[1].accuracy).abs() < 0.02, "{last} for {}", floors[1].accuracy);
    let commonest = score(&task, 400, |sequence, target| {
        let values: Vec<_> = sequence.tokens[..target.step].iter().filter(|token| **token >= 8).collect();
        (8..16).max_by_key(|value| values.iter().filter(|token| **token == value).count()).unwrap() as usize
    });
    assert!((commonest - floors[0].accuracy).abs() < 0.02, "{commonest} for {}", floors[0].accuracy);
    // Twice the commonest of the last two values, or any other rule of values alone, is no better.
    let of_near = score(&task, 400, |sequence, target| {
        let near = &sequence.tokens[target.step.saturating_sub(16)..target.step];
        let count = |value: u32| near.iter().filter(|token| **token == value).count();
        (8..16).max_by_key(|value| count(*value)).unwrap() as usize
    });
    assert!(of_near < floors[0].accuracy + 0.01, "{of_near}");
}

/// A map that is the same in all sequences would be memorised, not recalled.
#[test]
fn keys_have_their_values_anew_in_each_sequence() {
    let task = MadRecall::default();
    let mut seen = vec![[0u32; 16]; 8];
    for sequence in (0..500).map(|index| task.sequence(0, Split::Train, index)) {
        seen[sequence.tokens[0] as usize][sequence.tokens[1] as usize] += 1;
    }
    assert!(seen.iter().flat_map(|values| &values[8..]).all(|count| *count > 0), "{seen:?}");
}

#[test]
fn noise_has_its_share_and_is_never_asked_for() {
    let task = MadNoisyRecall { frac_noise: 0.4, ..MadNoisyRecall::default() };
    let (mut noise, mut all) = (0, 0);
    for sequence in (0..300).map(|index| task.sequence(1, Split::Test, index)) {
        noise += sequence.tokens.iter().filter(|token| **token >= 16).count();
        all += sequence.tokens.len();
        assert!(sequence.targets.iter().all(|target| target.answer.class() < 16));
    }
    let share = f64::from(noise as u32) / f64::from(all as u32);
    // Two pairs of 64 are sure to be none.
    assert!((share - 0.4 * 62.0 / 64.0).abs() < 0.015, "{share}");
}

/// One token does not tell a key of three, and keys of training are of every size.
#[test]
fn fuzzy_keys_take_more_than_one_token() {
    let task = MadFuzzyRecall::default();
    let floors = task.floors(0);
    let one = floors.iter().find(|floor| floor.name == "one token matched").unwrap().accuracy;
    assert!(one > floors[0].accuracy && one < 0.4, "{one}");
    let short = MadFuzzyRecall { k_motif_size: 1, v_motif_size: 1, ..task };
    assert_eq!(short.one_token_matched(0), 1.0, "where keys and values have one token, a match of one is all");
    let runs = |split| {
        let mut sizes = [0; 4];
        for sequence in (0..50).map(|index| task.sequence(0, split, index)) {
            let keys = sequence.tokens.split(|token| *token >= 7);
            keys.filter(|key| !key.is_empty()).for_each(|key| sizes[key.len()] += 1);
        }
        sizes
    };
    assert!(runs(Split::Train)[1..].iter().all(|count| *count > 200));
    let test = runs(Split::Test);
    // The last key is cut by nothing: the answer of a value of one token stands behind the end.
    assert!(test[1] == 0 && test[2] == 0 && test[3] > 500, "{test:?}");
}

/// What stands in its head: the last symbol never moves, and a sum with fixed weights does most of the rest.
#[test]
fn places_give_most_of_selective_copying_away() {
    let task = MadSelectiveCopying::default();
    for sequence in (0..200).map(|index| task.sequence(0, Split::Train, index)) {
        assert_eq!(sequence.targets.last().unwrap().lag, 17);
    }
    let [places, commonest] = task.additive(1);
    assert!((places - 0.82).abs() < 0.02 && (commonest - 0.20).abs() < 0.02, "{places} {commonest}");
    // The same solver once more, in other words: mean places, and the nearest symbol's vote by a bell of its spread.
    let bell = |count: usize, symbol: usize, step: usize| {
        let (blanks, share) = (223.0, (symbol + 1) as f64 / count as f64);
        let mean = symbol as f64 + blanks * share;
        let spread = (blanks * share * (1.0 - share)).max(0.1);
        (-(step as f64 - mean).powi(2) / (2.0 * spread)).exp()
    };
    let again = score(&task, 300, |sequence, target| {
        let symbol = target.step - 240;
        let vote = |class: u32| -> f64 {
            let steps = sequence.tokens[..239].iter().enumerate().filter(|(_, token)| **token == class);
            steps.map(|(step, _)| bell(16, symbol, step)).sum()
        };
        (0..14).max_by(|a, b| vote(*a).total_cmp(&vote(*b))).unwrap() as usize
    });
    assert!((again - places).abs() < 0.03, "{again} for {places}");
    let one = MadSelectiveCopying { num_tokens_to_copy: 1, n: 32, ..task };
    assert_eq!(one.additive(0)[0], 1.0, "a single symbol is always at the same step");
}

#[test]
fn the_table_of_memorization_is_one_for_all() {
    let task = MadMemorization::default();
    let value_of = |task: &MadMemorization, seed, split| {
        let mut table = vec![None; 127];
        for sequence in (0..200).map(|index| task.sequence(seed, split, index)) {
            for target in &sequence.targets {
                let value = &mut table[sequence.tokens[target.step - 1] as usize];
                assert!(value.is_none_or(|value| value == target.answer.class()));
                *value = Some(target.answer.class());
            }
        }
        table
    };
    let table = value_of(&task, 0, Split::Train);
    assert_eq!(table, value_of(&task, 7, Split::Test));
    let mut values: Vec<_> = table.iter().flatten().collect();
    values.sort_unstable();
    values.dedup();
    assert_eq!(values.len(), 127, "no two keys have the same value");
    assert_ne!(table, value_of(&MadMemorization { kv_map_seed: 1, ..task }, 0, Split::Train));
}

#[test]
fn compression_asks_for_every_symbol_at_the_last_step() {
    let task = MadCompression::default();
    let sequence = task.sequence(0, Split::Test, 0);
    assert_eq!(sequence.targets.iter().map(|target| target.slot).collect::<Vec<_>>(), (0..31).collect::<Vec<_>>());
    assert!(sequence.targets.iter().all(|target| target.step == 31 && target.lag == 31 - target.slot));
}

#[test]
fn settings_that_make_no_task_are_refused_by_name() {
    let refused = |name: &str, settings: &str| {
        let definition = TASKS.iter().find(|task| task.name == name).unwrap();
        (definition.build)(&settings.parse().unwrap()).err().unwrap_or_else(|| panic!("{name}: {settings}")).to_string()
    };
    assert!(refused("mad-recall", "n = 127").contains("n = 127 is odd"));
    assert!(refused("mad-recall", "vocab_size = 3").contains("vocab_size = 3 is outside 4"));
    assert!(refused("mad-recall", "num_train_examples = 0").contains("num_train_examples = 0"));
    assert!(refused("mad-recall", "frac_noise = 0.2").contains("frac_noise"));
    assert!(refused("mad-noisy-recall", "frac_noise = 1.0").contains("frac_noise = 1"));
    assert!(refused("mad-noisy-recall", "noise_vocab_size = 31").contains("noise_vocab_size = 31 is outside 1 … 28"));
    assert!(refused("mad-fuzzy-recall", "k_motif_size = 8").contains("k_motif_size = 8 is outside 1 … 7"));
    assert!(refused("mad-fuzzy-recall", "n = 17").contains("n = 17 is outside 18"));
    assert!(refused("mad-selective-copying", "n = 32").contains("num_tokens_to_copy = 16 is outside 1 … 15"));
    assert!(refused("mad-compression", "vocab_size = 2").contains("vocab_size = 2"));
    assert!(refused("mad-memorization", "n = 31").contains("n = 31 is odd"));
}
