//! The language of `pronoun`, what its words leak, and what they do not.

use std::collections::{BTreeMap, BTreeSet};

use tasks::pronoun::grammar::{CLASSES, Kind, split_of};
use tasks::pronoun::{PronounError, Role, Sentence, parse, plain, vocabulary};
use tasks::{Answer, Pronoun, Sequence, Split, Task};

const SPLITS: [Split; 3] = [Split::Train, Split::Validation, Split::Test];

fn task() -> Pronoun {
    Pronoun { n: 20, kinds: true }.check().unwrap()
}

/// The sentence of a sequence, from its words alone.
fn read(sequence: &Sequence) -> Sentence {
    let words: Vec<String> = task().words(sequence).into_iter().filter(|word| word != ".").collect();
    parse(&words.join(" ")).unwrap()
}

/// What the generator drew is what the grammar reads: answer, lag, roles and the place of "it".
#[test]
fn sequences_are_sentences_of_the_language() {
    let task = task();
    for split in SPLITS {
        for index in 0..1000 {
            let sequence = task.sequence(7, split, index);
            let first = sequence.tokens.iter().step_by(3).position(|token| *token != 0).unwrap();
            // Whatever the tags are: that of the noun that is meant is the answer.
            let placed = task.place(&read(&sequence), first).unwrap();
            assert!(placed.tokens.iter().zip(&sequence.tokens).enumerate().all(|(at, (a, b))| at % 3 == 1 || a == b));
            let (asked, target) = (placed.targets[0], sequence.targets[0]);
            assert_eq!((asked.step, asked.lag), (target.step, target.lag));
            assert_eq!(task.oracle(&sequence), [target.answer]);
        }
    }
}

#[test]
fn the_plain_sentence_is_of_the_language() {
    for (text, role, noun, lag) in [
        ("the robot sat on the floor because it was tired", Role::Subject, "robot", 6),
        ("The robot sat on the floor because it was dirty.", Role::Object, "floor", 2),
        ("on the floor sat the robot because it was tired", Role::Subject, "robot", 2),
        ("on the floor sat the robot because it was dirty", Role::Object, "floor", 5),
        ("the big robot slowly sat on the old floor because now it was very tired", Role::Subject, "robot", 9),
    ] {
        let sentence = parse(text).unwrap();
        assert_eq!((sentence.role(), sentence.candidates[sentence.referent].noun, sentence.lag()), (role, noun, lag));
        let sequence = task().place(&sentence, 3).unwrap();
        assert_eq!(task().oracle(&sequence), [Answer::Class(role.answer())]);
    }
    let sentence = parse("the robot sat on the floor because it was tired").unwrap();
    assert_eq!(sentence.words().join(" "), "the robot sat on the floor because it was tired");
    assert!(task().lags().contains(&task().place(&sentence, 10).unwrap().targets[0].lag));
    assert!(task().place(&sentence, 11).unwrap_err().to_string().contains("does not fit n = 20"));
}

#[test]
fn what_is_no_sentence_is_refused_with_what_it_lacks() {
    for (text, expected) in [
        (
            "the robott sat on the floor because it was tired",
            "`robott` is not a word of this language; the nearest are robot",
        ),
        ("", "lacks an `it`"),
        ("the robot sat on the floor", "lacks an `it`"),
        ("the robot sat because it was tired", "lacks two nouns"),
        ("the robot sat on the floor because it was", "lacks an adjective"),
        ("the robot on the floor because it was tired", "lacks a verb"),
        ("the robot sat the floor because it was tired", "lacks a preposition"),
        ("the robot sat on the floor near the dog because it was tired", "has 3: robot, floor, dog"),
        ("the robot sat on the floor because it was salty", "`salty` fits neither robot nor floor"),
        ("the robot sat on the dog because it was tired", "`tired` fits both robot and dog"),
        ("because it was tired the robot sat on the floor", "not in an order"),
        ("the big big robot sat on the floor because it was tired", "not in an order"),
    ] {
        let error = parse(text).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
        let shows = error.contains("such as: the robot sat on the floor because it was tired");
        assert!(shows || error.contains("nearest"), "{error}");
    }
}

/// Punctuation is no part of a word, and what is nearest is looked for among the words that could stand there.
#[test]
fn punctuation_is_ignored_and_the_nearest_words_are_of_the_kind_that_fits() {
    let marked = parse("The robot, sat on \u{201c}the floor\u{201d} - because it was tired!").unwrap();
    assert_eq!(marked, parse("the robot sat on the floor because it was tired").unwrap());
    assert_eq!(plain(" It's, "), "it's");
    for (word, place, among) in [("car", "robot", Kind::Noun), ("sad", "tired", Kind::Adjective)] {
        let text = "the robot sat on the floor because it was tired".replace(place, word);
        let PronounError::Unknown { word: unknown, nearest } = parse(&text).unwrap_err() else { panic!("{text}") };
        assert_eq!((unknown.as_str(), nearest.len()), (word, 3));
        let kind = |text: &str| vocabulary().iter().find(|known| known.text == text).unwrap().kind;
        assert!(nearest.iter().all(|near| kind(near) == among), "{nearest:?}");
        assert_eq!(nearest.iter().collect::<BTreeSet<_>>().len(), 3, "{nearest:?}");
    }
    // Where the rest is no sentence either, letters alone count.
    let error = parse("tird tired tired").unwrap_err().to_string();
    assert!(error.contains("the nearest are tired"), "{error}");
}

/// What "never seen together" leaves open: the channel of kinds alone tells the noun, in sentences of any split.
#[test]
fn the_noun_of_the_kind_that_the_adjective_fits_is_always_the_one() {
    for split in SPLITS {
        for index in 0..1000 {
            let sequence = task().sequence(4, split, index);
            let steps: Vec<&[u32]> = sequence.tokens.chunks_exact(3).collect();
            let adjective = steps.iter().rfind(|step| step[2] != 0).unwrap();
            let mut same = steps.iter().filter(|step| step[1] != 0 && step[2] == adjective[2]);
            assert_eq!(Answer::Class(same.next().unwrap()[1] as usize - 1), sequence.targets[0].answer);
            assert!(same.next().is_none());
        }
    }
}

#[test]
fn without_kinds_sentences_are_the_same_but_for_that_channel() {
    let without = Pronoun { kinds: false, ..task() };
    assert_eq!((task().vocabularies().len(), without.vocabularies().len()), (3, 2));
    for index in 0..200 {
        let (told, untold) = (task().sequence(0, Split::Test, index), without.sequence(0, Split::Test, index));
        let words_and_tags: Vec<u32> = told.tokens.chunks_exact(3).flat_map(|step| [step[0], step[1]]).collect();
        assert_eq!((&untold.tokens, &untold.targets), (&words_and_tags, &told.targets));
        assert_eq!(without.render(&untold), task().render(&told));
        assert_eq!(without.questions(&untold).len(), 6);
    }
}

/// The closed form against a copier of a tag in sight that is really run: each of them as often as any other.
#[test]
fn a_short_reach_has_a_floor_of_its_own() {
    let floor = task().floor_within(&|lag| lag <= 8).unwrap();
    for (lag, expected) in
        [(2, 0.5), (3, 0.75), (4, 0.75), (6, 0.5), (7, 0.5), (8, 0.5), (9, 1.0 / 7.0), (10, 1.0 / 7.0)]
    {
        assert!((floor[&lag] - expected).abs() < 1e-12, "lag {lag}: {}", floor[&lag]);
    }
    let mut right: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for index in 0..2400 {
        let sequence = task().sequence(0, Split::Test, index);
        let target = sequence.targets[0];
        let seen = target.step.saturating_sub(8)..=target.step;
        let tags = seen.map(|step| sequence.tokens[3 * step + 1]).filter(|tag| *tag != 0);
        let tags: Vec<Answer> = tags.map(|tag| Answer::Class(tag as usize - 1)).collect();
        let hits = tags.iter().filter(|tag| **tag == target.answer).count();
        right.entry(target.lag).or_default().push(hits as f64 / tags.len() as f64);
    }
    for (lag, all) in right.range(..=8) {
        assert!((all.iter().sum::<f64>() / all.len() as f64 - floor[lag]).abs() < 1e-12, "lag {lag}");
    }
    // Beyond the reach copying is never right.
    assert!(right.range(9..).all(|(_, all)| all.iter().all(|right| *right == 0.0)));
    assert!(task().floor_within(&|_| true).unwrap().values().all(|floor| *floor == 0.5));
    assert!(task().floor_within(&|_| false).unwrap().values().all(|floor| *floor == 0.125));
}

/// A noun and the adjective that is said of it, as words.
fn said(sentence: &Sentence) -> (&'static str, &'static str) {
    (sentence.candidates[sentence.referent].noun, sentence.words()[sentence.adjective])
}

#[test]
fn a_pair_of_noun_and_adjective_is_in_one_split_alone() {
    let mut pairs: BTreeMap<&str, BTreeSet<(&str, &str)>> = BTreeMap::new();
    for split in SPLITS {
        for index in 0..6000 {
            pairs.entry(split.name()).or_default().insert(said(&read(&task().sequence(0, split, index))));
        }
    }
    let sizes: Vec<usize> = SPLITS.iter().map(|split| pairs[split.name()].len()).collect();
    assert_eq!(sizes, [6 * 8, 6 * 2, 6 * 2]);
    assert_eq!(pairs.values().flatten().collect::<BTreeSet<_>>().len(), 6 * 4 * 3);
    for class in CLASSES {
        for (n, noun) in class.nouns.iter().enumerate() {
            let trained = |a: &usize| split_of(n, *a) == Split::Train;
            assert_eq!((0..3).filter(trained).count(), 2, "{noun}");
        }
        for adjective in class.adjectives {
            assert!(pairs["train"].iter().any(|(_, other)| *other == adjective), "{adjective}");
        }
    }
    assert!(pairs["test"].contains(&("robot", "tired")));
    // Not even beside each other: an adjective that fits the other noun fits this one not at all.
    for index in 0..6000 {
        let sentence = read(&task().sequence(0, Split::Train, index));
        let adjective = sentence.words()[sentence.adjective];
        let seen = sentence.candidates.map(|candidate| (candidate.noun, adjective));
        assert!(seen.iter().all(|pair| !pairs["test"].contains(pair) && !pairs["validation"].contains(pair)));
    }
}

/// Each word does one thing, so that a sentence can be read in one way only.
#[test]
fn words_are_distinct() {
    let texts: BTreeSet<&str> = vocabulary().iter().map(|word| word.text).collect();
    assert_eq!(texts.len(), vocabulary().len());
    assert_eq!(vocabulary().iter().filter(|word| word.kind == Kind::Noun).count(), 24);
    assert_eq!(vocabulary().iter().filter(|word| word.kind == Kind::Adjective).count(), 18);
}

/// Four standard errors of 24,000 test sequences; what depends on the layout alone has no error at all.
#[test]
fn every_floor_is_a_coin() {
    for seed in 0..3 {
        let mut floors = task().floors(seed);
        // Who sees neither noun guesses among all tags.
        let guess = floors.pop().unwrap();
        assert_eq!((guess.name, guess.accuracy), ("1/8", 0.125));
        assert_eq!(floors[0].name, "1/2");
        assert_eq!(floors.len(), 6);
        for floor in &floors {
            assert!((floor.accuracy - 0.5).abs() < 4.0 * (0.25f64 / 24_000.0).sqrt(), "{floor:?}");
        }
        assert!(floors[..4].iter().all(|floor| floor.accuracy == 0.5), "{floors:?}");
    }
}

/// The variant that is not asked: which noun. Counting in a bag of words whether each noun is there, and whether an
/// adjective that fits it is there, is right always, and is a sum.
#[test]
fn which_noun_is_meant_is_a_sum_over_a_bag_of_words() {
    for index in 0..1000 {
        let sentence = read(&task().sequence(1, Split::Test, index));
        let bag: BTreeSet<&str> = sentence.words().into_iter().collect();
        let nouns = CLASSES.iter().flat_map(|class| class.nouns.map(|noun| (noun, class)));
        let score = |noun: &str, fits: &[&str]| {
            usize::from(bag.contains(noun)) + fits.iter().filter(|adjective| bag.contains(**adjective)).count()
        };
        let scores: Vec<(usize, &str)> = nouns.map(|(noun, class)| (score(noun, &class.adjectives), noun)).collect();
        let best = scores.iter().max().unwrap();
        assert_eq!(scores.iter().filter(|(score, _)| *score == best.0).count(), 1);
        assert_eq!(best.1, said(&sentence).0);
    }
}

/// Sum over steps of what stands there, channel by channel, with the sign of the answer.
fn tally(into: &mut BTreeMap<(usize, u32), i32>, sequence: &Sequence) {
    let sign = if sequence.targets[0].answer == Answer::Class(0) { 1 } else { -1 };
    for (place, token) in sequence.tokens.iter().enumerate() {
        *into.entry((place, *token)).or_default() += sign;
    }
}

/// With the nouns exchanged each word is still there and the answer is the other one: no bag of words tells the role.
/// With the adjective of either as well, whatever is said of one place and one channel sums to nothing against the
/// answer: the gradient of an additive model that says 1/2 is 0, and its loss is convex, so ln 2 is its best. The four
/// are equally likely, since both candidates are drawn alike and a coin says whose adjective is said.
#[test]
fn four_sentences_cancel_whatever_is_a_sum() {
    let task = task();
    for index in 0..480 {
        let sequence = task.sequence(2, Split::Train, index);
        let sentence = read(&sequence);
        let start = sequence.targets[0].step - sentence.it;
        // With tags by role, the answer is the role.
        let sequence = task.place(&sentence, start).unwrap();
        let other = 1 - sentence.candidates[sentence.referent].role.answer();
        let questions = task.questions(&sequence);
        assert_eq!(questions.len(), 6);
        assert!(questions.contains(&sequence));
        assert_eq!(questions.iter().filter(|q| q.targets[0].answer == Answer::Class(other)).count(), 3);
        for opposite in questions.iter().filter(|question| question.targets[0].answer == Answer::Class(other)) {
            let mut sum = BTreeMap::new();
            for one in [&sequence, opposite] {
                let mut words = read(one).words();
                words.swap(sentence.candidates[0].step, sentence.candidates[1].step);
                let exchanged = task.place(&parse(&words.join(" ")).unwrap(), start).unwrap();
                let bag = |sequence: &Sequence| {
                    let mut words = task.words(sequence);
                    words.sort_unstable();
                    words
                };
                assert_eq!(bag(one), bag(&exchanged));
                assert_ne!(one.targets[0].answer, exchanged.targets[0].answer);
                tally(&mut sum, one);
                tally(&mut sum, &exchanged);
            }
            assert!(sum.values().all(|sum| *sum == 0));
        }
    }
}

/// A run may score as few sequences as there are lags.
#[test]
fn the_first_sequences_have_every_lag() {
    for split in [Split::Validation, Split::Test] {
        let asked: BTreeSet<usize> = (0..8).map(|index| task().sequence(0, split, index).targets[0].lag).collect();
        assert!(asked.into_iter().eq(task().lags()));
    }
}

/// Each of the eight lags is asked often enough to be scored, and as often with each answer.
#[test]
fn every_lag_is_asked() {
    for split in SPLITS {
        let mut asked: BTreeMap<usize, [usize; 2]> = task().lags().into_iter().map(|lag| (lag, [0; 2])).collect();
        let mut places = BTreeSet::new();
        for index in 0..2400 {
            let sequence = task().sequence(3, split, index);
            let target = sequence.targets[0];
            asked.get_mut(&target.lag).unwrap()[read(&sequence).role().answer()] += 1;
            places.insert(target.step);
        }
        if split == Split::Train {
            assert!(asked.values().flatten().all(|count| *count > 60), "{asked:?}");
        } else {
            assert!(asked.values().all(|[subject, object]| subject == object && *subject >= 100), "{asked:?}");
        }
        assert!(places.into_iter().eq(7..=17), "\"it\" moves");
    }
}
