//! What `copy-memory` is made of, and what can be had without memory or without order.

use tasks::copy_memory::Asked;
use tasks::{CopyMemory, Split, Task};

fn of(n: usize, symbols: usize, vocabulary: usize, asked: Asked) -> CopyMemory {
    CopyMemory { n, symbols, vocabulary, asked }.check().unwrap()
}

/// As Bai et al. make it: ten symbols, T − 1 blanks, eleven delimiters; symbols are due at the last ten steps.
#[test]
fn a_sequence_is_symbols_blanks_and_delimiters() {
    let (t, task) = (30, of(50, 10, 8, Asked::All));
    for index in 0..200 {
        let sequence = task.sequence(0, Split::Train, index);
        let (symbols, rest) = sequence.tokens.split_at(10);
        assert!(symbols.iter().all(|symbol| (1..=8).contains(symbol)));
        assert_eq!(rest[..t - 1], [0; 29]);
        assert_eq!(rest[t - 1..], [9; 11]);
        let answers: Vec<u32> = sequence.targets.iter().map(|target| target.answer.class() as u32).collect();
        assert_eq!(answers[..t + 10], [0; 40]);
        assert_eq!(&answers[t + 10..], symbols);
        assert!(sequence.targets.iter().map(|target| target.step).eq(0..50));
        for target in &sequence.targets[t + 10..] {
            assert_eq!(sequence.tokens[target.step - target.lag] as usize, target.answer.class());
            assert_eq!(target.lag, t + 10);
        }
        // The same sequence, asked for its symbols alone.
        let alone = of(50, 10, 8, Asked::Symbols).sequence(0, Split::Train, index);
        assert_eq!((&alone.tokens, &alone.targets[..]), (&sequence.tokens, &sequence.targets[t + 10..]));
    }
}

/// The published one, 10·ln 8/(T + 20) over all steps at T = 1000, and ln 8 on the symbols.
#[test]
fn the_loss_without_memory_has_its_closed_form() {
    let all = of(1020, 10, 8, Asked::All);
    assert!((all.loss_floors()[0].1 - 0.020_386_7).abs() < 1e-7, "{}", all.loss_floors()[0].1);
    let symbols = of(1020, 10, 8, Asked::Symbols);
    assert!((symbols.loss_floors()[0].1 - 8f64.ln()).abs() < 1e-12);
}

/// Counted, not computed: a model that says blank and nothing else.
#[test]
fn blank_everywhere_is_right_nearly_always_and_knows_nothing() {
    let task = of(1020, 10, 8, Asked::All);
    let targets: Vec<_> = (0..20).flat_map(|index| task.sequence(0, Split::Test, index).targets).collect();
    let blank = targets.iter().filter(|target| target.answer.class() == 0).count() as f64 / targets.len() as f64;
    assert!(blank > 0.99 && (blank - task.always_blank()).abs() < 1e-12, "{blank}");
    assert!(targets.iter().filter(|target| target.lag > 0).all(|target| target.answer.class() > 0));
    assert!(task.notes()[0].1.contains("99.02 %"), "{:?}", task.notes());
}

/// Of two symbols of two kinds, one is right for sure, and the other in half of the cases.
#[test]
fn the_bag_has_its_closed_form_where_that_is_short() {
    let floors = of(64, 2, 2, Asked::Symbols).floors(0);
    assert!((floors[0].accuracy - 0.75).abs() < 0.01, "{floors:?}");
    assert_eq!(floors[1].accuracy, 0.5);
    assert_eq!(of(64, 1, 8, Asked::Symbols).floors(0)[0].accuracy, 1.0, "the bag of one has an order");
}

/// No symbol tells another, whichever stands before it or at the same place in another sequence.
#[test]
fn symbols_are_independent_and_uniform() {
    let task = of(24, 4, 4, Asked::Symbols);
    let mut pairs = [[0f64; 5]; 5];
    for index in 0..20_000 {
        let tokens = task.sequence(1, Split::Train, index).tokens;
        tokens[..4].windows(2).for_each(|pair| pairs[pair[0] as usize][pair[1] as usize] += 1.0 / 60_000.0);
    }
    for (row, pair) in pairs.iter().enumerate() {
        let expected = |column: usize| if row == 0 || column == 0 { 0.0 } else { 1.0 / 16.0 };
        assert!((0..5).all(|column| (pair[column] - expected(column)).abs() < 0.006), "{pairs:?}");
    }
}
