//! `pronoun`: which of two nouns "it" stands for.
//!
//! "The robot sat on the floor because it was tired": a robot can be tired and a floor cannot, so "it" is the robot;
//! had it been "dirty", it would be the floor. Three channels: the word; a tag of each noun that is mentioned (0 none, else one
//! of eight, drawn anew in each sentence), as linguists write x1, x2 for what is talked about; and the kind of thing that
//! a noun is and an adjective fits (0 none, then the classes of [`grammar::CLASSES`]), as a lexicon gives it. At the step
//! of "it" the answer is read out: the tag of the noun that is meant. What tells is the adjective, which comes **after**
//! "it", so a causal model has 1/2 and nothing more.
//!
//! **Why a tag and not the noun.** Which *noun* is meant is a sum over a bag of words: count for each noun whether it
//! is there and whether an adjective that fits it is there, and take the larger count. A straight line can do that,
//! without any wiring. The *tag* is tied to the noun in this sentence alone: exchange the two tags, and every word
//! is still there while the answer is the other one. So no bag of words and tags tells more than 1/2, and neither does a
//! sum over steps of anything said about one step: it can learn that the two tags present are likelier than the six
//! others, and its best cross-entropy is ln 2. (As in recall its accuracy is not held to 1/2 to the digit: cutting a sum at a
//! threshold can be right for three of four, though nothing in the loss leads there.) Why eight tags and not the two roles
//! of subject and object: whoever looks at the wrong noun would then know the answer as well.
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
//! . . . . . . . . the soup stopped behind the bottle because it was quite stale . -> soup (x7, lag 6)
//! ```
//!
//! Floors: 1/2, that of naming one of the two tags present, and as computed on test sequences what is had by always
//! naming the first noun, the one nearest to "it", the subject, or the role that the adjective or the whole bag of words came
//! with most often in training. Each of them is 1/2 within its error.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::settings::{SettingDoc, TaskDefinition, TaskError, at_most, read};
use crate::{Answer, Floor, Sequence, Split, Target, Task};

mod draw;
mod floors;
pub mod grammar;
mod parse;
mod sentence;

pub use grammar::{Role, Word, vocabulary};
pub use parse::{PronounError, parse, plain};
pub use sentence::{Candidate, Sentence};

use grammar::{CLASSES, Kind, LONGEST, tokens_of, word};

/// The row of this task in the table.
pub const DEFINITION: TaskDefinition = TaskDefinition {
    name: "pronoun",
    summary: "which noun `it` stands for: the adjective after it tells, by the noun that it fits",
    settings: &[
        SettingDoc {
            name: "n",
            values: "18 … 1048576 (20)",
            meaning: "steps of a sequence; blank around the sentence",
        },
        SettingDoc {
            name: "kinds",
            values: "true, false (true)",
            meaning: "each noun and adjective carries its kind of thing, as in a lexicon",
        },
    ],
    example: "n = 20",
    build: |settings| Ok(Box::new(read::<Pronoun>(settings)?.check()?)),
};

/// Settings of `pronoun`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pronoun {
    /// Steps of a sequence; what the sentence leaves is blank.
    #[serde(default = "default_steps")]
    pub n: usize,
    /// Whether each noun and adjective carries its kind of thing; without that channel a model has to learn from the
    /// pairs of training which words are of one kind.
    #[serde(default = "default_kinds")]
    pub kinds: bool,
}

fn default_steps() -> usize {
    20
}

fn default_kinds() -> bool {
    true
}

/// Tags to draw from.
const TAGS: usize = 8;

/// Token of a channel that carries nothing.
const BLANK: u32 = 0;

impl Pronoun {
    /// Word, tag and, where it is told, kind of thing.
    fn channels(&self) -> usize {
        if self.kinds { 3 } else { 2 }
    }

    /// Words and tags from step `start` on, with the kind of thing that each noun is and each adjective fits.
    fn features(&self, steps: &[[u32; 2]], start: usize) -> Vec<u32> {
        let channels = self.channels();
        let mut tokens = vec![BLANK; channels * self.n];
        let places = tokens[channels * start..].chunks_exact_mut(channels);
        for (place, [text, tag]) in places.zip(steps) {
            let kind = word(*text).class.map_or(BLANK, |class| class as u32 + 1);
            place.copy_from_slice(&[*text, *tag, kind][..channels]);
        }
        tokens
    }

    /// The sentence of a sequence, without its blanks.
    fn sentence_of(&self, sequence: &Sequence) -> Sentence {
        let words = sequence.tokens.iter().step_by(self.channels()).copied();
        let words: Vec<u32> = words.filter(|token| *token != BLANK).collect();
        Sentence::read(&words).expect("a sequence of the task holds a sentence of the language")
    }

    /// The tags of the candidates of a sequence, in the order of their mention.
    fn tags_of(&self, sequence: &Sequence, sentence: &Sentence) -> [usize; 2] {
        let start = sequence.targets[0].step - sentence.it;
        let tag = |step: usize| sequence.tokens[self.channels() * (start + step) + 1] as usize - 1;
        sentence.candidates.map(|candidate| tag(candidate.step))
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

    /// A sentence with blanks around it, its first word at step `start`; its lag may be one that is not drawn. The subject
    /// has tag 0, the object tag 1.
    ///
    /// # Errors
    /// When it does not fit into n steps from there.
    pub fn place(&self, sentence: &Sentence, start: usize) -> Result<Sequence, TaskError> {
        self.place_with(sentence, start, sentence.candidates.map(|candidate| candidate.role.answer()))
    }

    /// The same with these tags of the candidates, in the order of their mention.
    fn place_with(&self, sentence: &Sentence, start: usize, tags: [usize; 2]) -> Result<Sequence, TaskError> {
        let length = sentence.tokens.len();
        if start.checked_add(length).is_none_or(|end| end > self.n) {
            let n = self.n;
            return Err(TaskError(format!(
                "a sentence of {length} words from step {start} does not fit n = {n} steps"
            )));
        }
        let mut steps: Vec<[u32; 2]> = sentence.tokens.iter().map(|token| [*token, BLANK]).collect();
        for (candidate, tag) in sentence.candidates.iter().zip(tags) {
            steps[candidate.step][1] = tag as u32 + 1;
        }
        let tokens = self.features(&steps, start);
        let target = Target::class(start + sentence.it, tags[sentence.referent], sentence.lag());
        Ok(Sequence { tokens, targets: vec![target], ..Sequence::default() })
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
        let all = [vocabulary().len() + 1, TAGS + 1, CLASSES.len() + 1];
        all[..self.channels()].to_vec()
    }

    fn classes(&self) -> usize {
        TAGS
    }

    /// The second noun is 2, 3 or 4 steps back, the first one 4 or 6 further. Orders do not differ in this, so that the
    /// roles are even at each lag.
    fn lags(&self) -> Vec<usize> {
        vec![2, 3, 4, 6, 7, 8, 9, 10]
    }

    fn sequence(&self, seed: u64, split: Split, index: u64) -> Sequence {
        draw::sequence(self, seed, split, index)
    }

    fn oracle(&self, sequence: &Sequence) -> Vec<Answer> {
        let sentence = self.sentence_of(sequence);
        vec![Answer::Class(self.tags_of(sequence, &sentence)[sentence.referent])]
    }

    fn floors(&self, seed: u64) -> Vec<Floor> {
        floors::floors(self, seed)
    }

    fn loss_floors(&self) -> Vec<(&'static str, f64)> {
        vec![("ln 2, a tag that is there", 2f64.ln()), ("ln 8, any tag", (TAGS as f64).ln())]
    }

    fn floor_within(&self, sees: &dyn Fn(usize) -> bool) -> Option<BTreeMap<usize, f64>> {
        Some(floors::within(sees))
    }

    fn notes(&self) -> Vec<(String, String)> {
        grammar::notes()
    }

    /// The same sentence with each adjective that fits either candidate: three that make "it" the one, three the other.
    fn questions(&self, sequence: &Sequence) -> Vec<Sequence> {
        let sentence = self.sentence_of(sequence);
        let start = sequence.targets[0].step - sentence.it;
        let tags = self.tags_of(sequence, &sentence);
        let mut words = sentence.tokens.clone();
        let fits = |token: &u32| sentence.candidates.iter().any(|c| Some(c.class) == word(*token).class);
        let adjectives = tokens_of(Kind::Adjective).filter(fits);
        adjectives
            .map(|adjective| {
                words[sentence.adjective] = adjective;
                let asked = Sentence::read(&words).expect("the adjective fits one candidate");
                self.place_with(&asked, start, tags).expect("it is as long as before")
            })
            .collect()
    }

    fn words(&self, sequence: &Sequence) -> Vec<String> {
        let text = |token: &u32| if *token == BLANK { "." } else { word(*token).text };
        sequence.tokens.iter().step_by(self.channels()).map(|token| text(token).to_owned()).collect()
    }

    fn word_of(&self, answer: Answer) -> String {
        format!("x{}", answer.class() + 1)
    }

    /// The noun that has that tag, if one has.
    fn answer_in(&self, sequence: &Sequence, answer: Answer) -> String {
        let sentence = self.sentence_of(sequence);
        let tagged = self.tags_of(sequence, &sentence).iter().position(|tag| Answer::Class(*tag) == answer);
        tagged.map_or_else(|| self.word_of(answer), |which| sentence.candidates[which].noun.to_owned())
    }

    fn render(&self, sequence: &Sequence) -> String {
        let (sentence, target) = (self.sentence_of(sequence), sequence.targets[0]);
        let noun = sentence.candidates[sentence.referent].noun;
        let words = self.words(sequence).join(" ");
        format!("{words} -> {noun} ({}, lag {})", self.word_of(target.answer), target.lag)
    }
}
