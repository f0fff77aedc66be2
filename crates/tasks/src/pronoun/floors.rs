//! What can be had without binding a role to a noun: solvers that are fitted on training sequences and scored on test.

use std::collections::BTreeMap;

use super::draw::{CELLS, lags_of};
use super::grammar::{Kind, Role, tokens_of, vocabulary, word};
use super::sentence::Sentence;
use super::{Pronoun, TAGS};
use crate::{Floor, Split, Task};

/// Sequences to fit on, and as many to score on. The same number of each layout, so that what depends on the layout
/// alone is scored without sampling error.
const SEQUENCES: u64 = 1000 * CELLS as u64;

/// How often each of some features came with each answer.
struct Counts(Vec<[f64; 2]>);

impl Counts {
    fn of(sentences: &[Sentence], features: usize, of: &dyn Fn(&Sentence) -> Vec<usize>) -> Self {
        let mut counts = vec![[1.0; 2]; features];
        for sentence in sentences {
            for feature in of(sentence) {
                counts[feature][sentence.role().answer()] += 1.0;
            }
        }
        Self(counts)
    }

    /// The likelier role, if each feature spoke for itself.
    fn guess(&self, features: &[usize]) -> Role {
        let odds: f64 = features.iter().map(|f| (self.0[*f][0] / self.0[*f][1]).ln()).sum();
        if odds > 0.0 { Role::Subject } else { Role::Object }
    }
}

/// The set of words, sorted, and for good measure which noun the adjective fits beside which other one; neither says
/// which of the two has which role.
fn bag(sentence: &Sentence) -> Vec<usize> {
    let mut words: Vec<usize> = sentence.tokens.iter().map(|token| *token as usize - 1).collect();
    words.sort_unstable();
    words.dedup();
    let first = tokens_of(Kind::Noun).start;
    let noun = |which: usize| (sentence.tokens[sentence.candidates[which].step] - first) as usize;
    let nouns = tokens_of(Kind::Noun).len();
    let pair = noun(sentence.referent) * nouns + noun(1 - sentence.referent);
    words.push(vocabulary().len() + pair);
    words
}

fn adjective(sentence: &Sentence) -> Vec<usize> {
    let token = sentence.tokens[sentence.adjective];
    debug_assert_eq!(word(token).kind, Kind::Adjective);
    vec![token as usize - 1]
}

pub(super) fn floors(task: &Pronoun, seed: u64) -> Vec<Floor> {
    let sentences = |split: Split| -> Vec<Sentence> {
        (0..SEQUENCES).map(|index| task.sentence_of(&task.sequence(seed, split, index))).collect()
    };
    let (fit, test) = (sentences(Split::Train), sentences(Split::Test));
    let score = |name: &'static str, guess: &dyn Fn(&Sentence) -> Role| {
        let right = test.iter().filter(|sentence| guess(sentence) == sentence.role()).count();
        Floor { name, accuracy: right as f64 / test.len() as f64 }
    };
    let (words, nouns) = (vocabulary().len(), tokens_of(Kind::Noun).len());
    let of_adjective = Counts::of(&fit, words, &adjective);
    let of_bag = Counts::of(&fit, words + nouns * nouns, &bag);
    vec![
        Floor { name: "1/2", accuracy: 0.5 },
        score("first mention", &|sentence| sentence.candidates[0].role),
        score("nearest noun", &|sentence| sentence.candidates[1].role),
        score("always the subject", &|_| Role::Subject),
        score("adjective only", &|sentence| of_adjective.guess(&adjective(sentence))),
        score("bag of words", &|sentence| of_bag.guess(&bag(sentence))),
        // That of a model which sees neither noun.
        Floor { name: "1/8", accuracy: 1.0 / TAGS as f64 },
    ]
}

/// Where one of the two nouns alone is in sight, copying its tag is right whenever it is the one that is meant; where both are,
/// in half of the sentences. Beyond the reach a guess among the tags that are not in sight is left. No one model has both:
/// it is either copying or guessing.
pub(super) fn within(sees: &dyn Fn(usize) -> bool) -> BTreeMap<usize, f64> {
    let mut of_lag: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for [meant, other] in (0..CELLS).map(lags_of) {
        let right = match (sees(meant), sees(other)) {
            (true, true) => 0.5,
            (true, false) => 1.0,
            (false, true) => 1.0 / (TAGS - 1) as f64,
            (false, false) => 1.0 / TAGS as f64,
        };
        of_lag.entry(meant).or_default().push(right);
    }
    // Layouts are equally likely.
    of_lag.into_iter().map(|(lag, all)| (lag, all.iter().sum::<f64>() / all.len() as f64)).collect()
}
