//! The floor of `rewrite` against a guesser that is really fitted, and what a decoder reads.

use std::collections::BTreeMap;

use tasks::rewrite::Rule;
use tasks::{Decoding, Rewrite, Split, Task};

fn of(rule: Rule, n: usize, vocabulary: usize) -> Rewrite {
    Rewrite { n, rule, vocabulary }.check().unwrap()
}

/// Accuracy at each answer of a guesser that knows all answers before it: it has counted in the training split what comes
/// next after each such beginning, and is scored on the test split.
fn fitted(task: &Rewrite, sequences: u64) -> Vec<f64> {
    let answers = |split, index| -> Vec<usize> {
        task.sequence(0, split, index).targets.iter().map(|target| target.answer.class()).collect()
    };
    let mut seen: BTreeMap<Vec<usize>, Vec<u64>> = BTreeMap::new();
    for index in 0..sequences {
        let answers = answers(Split::Train, index);
        for place in 0..answers.len() {
            let counts = seen.entry(answers[..place].to_vec()).or_insert_with(|| vec![0; task.vocabulary]);
            counts[answers[place]] += 1;
        }
    }
    let mut right = vec![0.0; task.n];
    for index in 0..sequences {
        let answers = answers(Split::Test, index);
        for place in 0..answers.len() {
            let Some(counts) = seen.get(&answers[..place]) else { continue };
            let best = (0..counts.len()).max_by_key(|symbol| counts[*symbol]);
            right[place] += f64::from(u8::from(best == Some(answers[place]))) / sequences as f64;
        }
    }
    right
}

#[test]
fn the_answers_so_far_give_the_floor() {
    for (rule, n, vocabulary) in
        [(Rule::Sort, 4, 3), (Rule::Sort, 3, 6), (Rule::Sort, 6, 4), (Rule::Sort, 1, 5), (Rule::Reverse, 3, 4)]
    {
        let task = of(rule, n, vocabulary);
        let exact = task.without_source();
        for (place, (fitted, exact)) in fitted(&task, 40_000).iter().zip(&exact).enumerate() {
            let error = (exact * (1.0 - exact) / 40_000.0).sqrt();
            let near = (fitted - exact).abs() < 5.0 * error + 0.001;
            assert!(near, "{rule:?}, L {n}, V {vocabulary}, answer {place}: {fitted} for {exact}");
        }
        // To who reverses, the answers so far say nothing of the next; the floor is another one.
        let mean = exact.iter().sum::<f64>() / n as f64;
        assert!(rule == Rule::Reverse || (task.floors(0)[0].accuracy - mean).abs() < 1e-12);
    }
}

/// Of 00 and 11 the bag tells all; of 01 and 10 half of the first answer, and with it the second.
#[test]
fn the_bag_of_two_bits_is_the_one_by_hand() {
    let floor = |n| of(Rule::Reverse, n, 2).floors(0)[0].accuracy;
    assert_eq!(floor(1), 1.0);
    assert!((floor(2) - (1.0 + 0.75) / 2.0).abs() < 0.01, "{}", floor(2));
}

/// Of 00, 01, 10 and 11, three begin with 0 when sorted. After 0 comes 1 in two of three cases, after 1 always 1.
#[test]
fn the_floor_of_two_bits_is_the_one_by_hand() {
    let exact = of(Rule::Sort, 2, 2).without_source();
    assert!((exact[0] - 0.75).abs() < 1e-12);
    assert!((exact[1] - 0.75).abs() < 1e-12);
}

/// The largest task has a floor, too: sums of probabilities that neither overflow nor vanish.
#[test]
fn the_floor_of_the_largest_task_is_a_probability() {
    let task = of(Rule::Sort, 256, 256);
    assert!(task.without_source().iter().all(|right| (1.0 / 256.0..=1.0).contains(right)));
    // To say the last answer again is one of the guesses that the best one has to beat.
    let again = |index| {
        let tokens = task.sequence(0, Split::Test, index).tokens;
        tokens[257..].windows(2).filter(|pair| pair[0] == pair[1]).count()
    };
    let (again, floor) = ((0..50).map(again).sum::<usize>() as f64 / (50.0 * 254.0), task.floors(0)[0].accuracy);
    assert!(again < floor && floor < 2.0 * again, "{again} {floor}");
}

#[test]
fn a_decoder_reads_the_start_and_then_what_was_answered() {
    for rule in [Rule::Reverse, Rule::Sort] {
        let task = of(rule, 5, 4);
        assert_eq!(task.decoding(), Some(Decoding { source: 5, length: 5 }));
        let sequence = task.sequence(3, Split::Test, 1);
        let right: Vec<usize> = sequence.targets.iter().map(|target| target.answer.class()).collect();
        // Teacher forcing is a decoder that was right all along.
        assert_eq!(task.continued(&sequence, &right), sequence);
        let continued = task.continued(&sequence, &[3, 1]);
        assert_eq!(continued.tokens[..5], sequence.tokens[..5]);
        assert_eq!(continued.tokens[5..], [4, 3, 1, 4, 4]);
        assert_eq!(continued.targets, sequence.targets);
        assert_eq!(task.words(&continued)[5..], ["<s>", "d", "b", "<s>", "<s>"]);
    }
}

#[test]
fn answers_are_the_source_reversed_or_sorted() {
    for index in 0..200 {
        let sequence = of(Rule::Reverse, 6, 10).sequence(0, Split::Train, index);
        for target in &sequence.targets {
            assert_eq!(sequence.tokens[target.step - target.lag] as usize, target.answer.class());
        }
        let sequence = of(Rule::Sort, 6, 10).sequence(0, Split::Train, index);
        let answers: Vec<usize> = sequence.targets.iter().map(|target| target.answer.class()).collect();
        assert!(answers.is_sorted());
        for symbol in 0..10 {
            let count = |symbols: &mut dyn Iterator<Item = usize>| symbols.filter(|s| *s == symbol).count();
            let source = count(&mut sequence.tokens[..6].iter().map(|token| *token as usize));
            assert_eq!(source, count(&mut answers.iter().copied()));
        }
    }
}
