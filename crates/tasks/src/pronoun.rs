//! `pronoun`: which of two nouns is "it", told by its role in the sentence.
//!
//! "The robot sat on the floor because it was tired": a robot can be tired and a floor cannot, so "it" is the subject;
//! had it been "dirty", it would be the object. Three channels: the word, the grammatical role of a noun (0 none,
//! 1 subject, 2 object), as a part-of-speech tagger gives it, and the kind of thing that a noun is and an adjective
//! fits (0 none, then the classes of [`grammar::CLASSES`]), as a lexicon gives it. (Without the kinds it can be learnt,
//! too, and attention does in ten times as many steps: it first has to find out which words are alike.) At the step of "it" the answer is read out: is "it" the
//! subject (class 0) or the object (class 1)? What tells is the adjective, which comes **after** "it", so a causal
//! model has 1/2 and nothing more.
//!
//! **Why a role and not the noun.** Which *noun* is meant is a sum over a bag of words: count for each noun whether it
//! is there and whether an adjective that fits it is there, and take the larger count. A straight line can do that,
//! without any wiring. The *role* is tied to the noun in this sentence alone: exchange the two nouns, and every word
//! is still there while the answer is the other one. So no bag of words tells more than 1/2, and neither does a sum
//! over steps of anything said about one step: of the four sentences with the nouns exchanged or not and the adjective
//! of either, two have each answer and the sums are equal. The best cross-entropy of an additive model is therefore
//! ln 2. (As in recall its accuracy is not held to 1/2 to the digit: cutting a sum at a threshold can be right for
//! three of the four, though nothing in the loss leads there.)
//!
//! **Balance.** Both candidates and an adjective for each are drawn alike, from different classes of
//! [`grammar::CLASSES`]; a fair coin says which adjective is said. First or second mention, subject or object first,
//! and the number of fillers are independent of all that. Sentences have 10 to 17 words; the blanks of
//! the n steps are split at random before and after, so that "it" moves. From test and validation sequences an equal
//! number is of each layout (index modulo 24).
//!
//! **Held-out combinations.** Every noun lacks one of its three adjectives in training ([`grammar::split_of`]); 12 of
//! the 24 pairs that are left out are those of validation, 12 are those of test. A pair that is left out is in no
//! sentence of training at all: a noun stands with adjectives that fit it, or with such as fit the other noun.
//!
//! Example (n = 20, seed 0, train, index 0):
//!
//! ```text
//! . . . . . . . . the soup stopped behind the bottle because it was quite stale . -> subject (soup, lag 6)
//! ```
//!
//! Floors: 1/2, and as computed on test sequences what is had by always saying the role of the first noun, of the one
//! nearest to "it", the subject, the role that the adjective or the whole bag of words came with most often in
//! training. Each of them is 1/2 within its error.

use rand::Rng;
use rand::seq::{IndexedRandom, index};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::settings::{TaskError, at_most};
use crate::{Answer, Floor, Sequence, Split, Target, Task, rng};

mod floors;
pub mod grammar;
mod parse;
mod sentence;

pub use grammar::{Role, Word, vocabulary};
pub use parse::{PronounError, parse};
pub use sentence::{Candidate, Sentence};

use grammar::{CLASSES, Kind, LONGEST, ORDERS, Order, split_of, tokens_of, word};

/// Settings of `pronoun`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pronoun {
    /// Steps of a sequence; what the sentence leaves is blank.
    #[serde(default = "default_steps")]
    pub n: usize,
}

fn default_steps() -> usize {
    20
}

/// Word, role and kind of thing.
const CHANNELS: usize = 3;

/// Token of a channel that carries nothing.
const BLANK: u32 = 0;

/// Layouts: order × which mention is the referent × 0 to 2 fillers after the second noun × 4 or 6 steps between the nouns.
const CELLS: usize = 2 * 2 * 3 * 2;

impl Pronoun {
    /// Words and roles from step `start` on, with the kind of thing that each noun is and each adjective fits.
    fn features(&self, steps: &[[u32; 2]], start: usize) -> Vec<u32> {
        let mut tokens = vec![BLANK; CHANNELS * self.n];
        let places = tokens[CHANNELS * start..].chunks_exact_mut(CHANNELS);
        for (place, [text, role]) in places.zip(steps) {
            let kind = word(*text).class.map_or(BLANK, |class| class as u32 + 1);
            place.copy_from_slice(&[*text, *role, kind]);
        }
        tokens
    }

    /// Refuses settings that make no task.
    ///
    /// # Errors
    /// Names the setting, its value and what would do.
    pub fn check(self) -> Result<Self, TaskError> {
        // The longest sentence must fit, and one step more lets it move.
        at_most("n", self.n, LONGEST + 1, 1 << 20)?;
        Ok(self)
    }

    /// A sentence with blanks around it, its first word at step `start`; its lag may be one that is not drawn.
    ///
    /// # Errors
    /// When it does not fit into n steps from there.
    pub fn place(&self, sentence: &Sentence, start: usize) -> Result<Sequence, TaskError> {
        let length = sentence.tokens.len() / 2;
        if start.checked_add(length).is_none_or(|end| end > self.n) {
            let n = self.n;
            return Err(TaskError(format!(
                "a sentence of {length} words from step {start} does not fit n = {n} steps"
            )));
        }
        let steps: Vec<[u32; 2]> = sentence.tokens.chunks_exact(2).map(|step| [step[0], step[1]]).collect();
        let tokens = self.features(&steps, start);
        let target = Target::class(start + sentence.it, sentence.role().answer(), sentence.lag());
        Ok(Sequence { tokens, targets: vec![target], ..Sequence::default() })
    }
}

/// The sentence of a sequence, without its blanks.
fn sentence_of(sequence: &Sequence) -> Sentence {
    let words: Vec<u32> = sequence.tokens.iter().step_by(CHANNELS).copied().filter(|token| *token != BLANK).collect();
    Sentence::read(&words).expect("a sequence of the task holds a sentence of the language")
}

/// A noun and an adjective of a class that stand together in a split, as tokens.
fn pair(class: usize, split: Split, rng: &mut ChaCha8Rng) -> (u32, u32) {
    let all = (0..4).flat_map(|noun| (0..3).map(move |adjective| (noun, adjective)));
    let pairs: Vec<(usize, usize)> = all.filter(|(noun, adjective)| split_of(*noun, *adjective) == split).collect();
    let (noun, adjective) = *pairs.choose(rng).expect("every split has pairs");
    let token = |kind, place: usize| tokens_of(kind).start + place as u32;
    (token(Kind::Noun, 4 * class + noun), token(Kind::Adjective, 3 * class + adjective))
}

/// A layout: the order, which mention is the referent, fillers after the second noun, and steps between the nouns. As
/// many as there are lags, from the first one on, have every lag.
fn layout(cell: usize) -> (&'static Order, usize, usize, usize) {
    let (round, block, place) = (cell / 12, cell % 12 / 3, cell % 3);
    let order = &ORDERS[(cell + round) % 2];
    match block {
        0 => (order, 1, place, 4),
        1 => (order, 0, place, 4),
        2 => (order, 0, 2 - place, 6),
        _ => (order, 1, 2 - place, 6),
    }
}

impl Task for Pronoun {
    fn name(&self) -> &'static str {
        "pronoun"
    }

    fn time(&self) -> usize {
        self.n
    }

    fn pairs(&self) -> Option<usize> {
        None
    }

    fn vocabularies(&self) -> Vec<usize> {
        vec![vocabulary().len() + 1, 3, CLASSES.len() + 1]
    }

    fn classes(&self) -> usize {
        2
    }

    /// The second noun is 2, 3 or 4 steps back, the first one 4 or 6 further. Orders do not differ in this, so that the
    /// roles are even at each lag.
    fn lags(&self) -> Vec<usize> {
        vec![2, 3, 4, 6, 7, 8, 9, 10]
    }

    fn sequence(&self, seed: u64, split: Split, index: u64) -> Sequence {
        let mut rng = rng(seed, split, index);
        let drawn = rng.random_range(0..CELLS);
        let cell = if split == Split::Train { drawn } else { (index % CELLS as u64) as usize };
        let (order, referent, tail, between) = layout(cell);
        let gap = between - order.between;

        let classes = index::sample(&mut rng, CLASSES.len(), 2);
        let pairs = [pair(classes.index(0), split, &mut rng), pair(classes.index(1), split, &mut rng)];
        let mut said = vec![rng.random_bool(0.5)];
        for (places, count) in [(3, gap), (2, tail)] {
            let chosen = index::sample(&mut rng, places, count).into_vec();
            said.extend((0..places).map(|place| chosen.contains(&place)));
        }
        said.push(rng.random_bool(0.5));

        let (mut said, mut nouns, mut roles) = (said.into_iter(), pairs.iter(), order.roles.iter());
        let (mut steps, mut mentions, mut it) = (Vec::new(), Vec::new(), 0);
        for kind in order.kinds {
            if kind.is_filler() && said.next() != Some(true) {
                continue;
            }
            match kind {
                Kind::Noun => {
                    let (noun, role) = (nouns.next().expect("two nouns").0, roles.next().expect("two nouns"));
                    mentions.push((steps.len(), *role));
                    steps.push([noun, role.token()]);
                }
                Kind::Adjective => steps.push([pairs[referent].1, BLANK]),
                _ => {
                    if kind == Kind::Pronoun {
                        it = steps.len();
                    }
                    steps.push([rng.random_range(tokens_of(kind)), BLANK]);
                }
            }
        }
        let start = rng.random_range(0..=self.n - steps.len());
        let tokens = self.features(&steps, start);
        let (step, role) = mentions[referent];
        let target = Target::class(start + it, role.answer(), it - step);
        Sequence { tokens, targets: vec![target], ..Sequence::default() }
    }

    fn oracle(&self, sequence: &Sequence) -> Vec<Answer> {
        vec![Answer::Class(sentence_of(sequence).role().answer())]
    }

    fn floors(&self, seed: u64) -> Vec<Floor> {
        floors::floors(self, seed)
    }

    /// The same sentence with each adjective that fits either candidate: three that make "it" the one, three the other.
    fn questions(&self, sequence: &Sequence) -> Vec<Sequence> {
        let sentence = sentence_of(sequence);
        let start = sequence.targets[0].step - sentence.it;
        let mut words: Vec<u32> = sentence.tokens.iter().step_by(2).copied().collect();
        let fits = |token: &u32| sentence.candidates.iter().any(|c| Some(c.class) == word(*token).class);
        let adjectives = tokens_of(Kind::Adjective).filter(fits);
        adjectives
            .map(|adjective| {
                words[sentence.adjective] = adjective;
                let asked = Sentence::read(&words).expect("the adjective fits one candidate");
                self.place(&asked, start).expect("it is as long as before")
            })
            .collect()
    }

    fn words(&self, sequence: &Sequence) -> Vec<String> {
        let text = |token: &u32| if *token == BLANK { "." } else { word(*token).text };
        sequence.tokens.iter().step_by(CHANNELS).map(|token| text(token).to_owned()).collect()
    }

    fn word_of(&self, answer: Answer) -> String {
        let role = if answer.class() == Role::Subject.answer() { Role::Subject } else { Role::Object };
        role.name().to_owned()
    }

    fn render(&self, sequence: &Sequence) -> String {
        let (sentence, target) = (sentence_of(sequence), sequence.targets[0]);
        let noun = sentence.candidates[sentence.referent].noun;
        let words = self.words(sequence).join(" ");
        format!("{words} -> {} ({noun}, lag {})", self.word_of(target.answer), target.lag)
    }
}
