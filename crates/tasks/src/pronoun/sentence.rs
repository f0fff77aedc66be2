//! Reading a sentence by the grammar: who its two candidates are, and which of them `it` is.

use super::grammar::{Kind, ORDERS, Role, word};

/// A noun that `it` could be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The noun.
    pub noun: &'static str,
    /// Which of [`super::grammar::CLASSES`] it is of.
    pub class: usize,
    /// The part it plays, by the order of the sentence.
    pub role: Role,
    /// Where it stands, from the first word.
    pub step: usize,
}

/// A sentence of the language, without blanks around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// The word of each step.
    pub tokens: Vec<u32>,
    /// In the order of their mention.
    pub candidates: [Candidate; 2],
    /// Where `it` stands, from the first word.
    pub it: usize,
    /// Where the adjective stands; it is the last word.
    pub adjective: usize,
    /// Which candidate the adjective fits.
    pub referent: usize,
}

impl Sentence {
    /// The sentence of these words; `None` where they are not in one of the two orders, or where the adjective fits
    /// neither candidate or both.
    pub(super) fn read(words: &[u32]) -> Option<Self> {
        let (order, steps) = ORDERS.iter().find_map(|order| Some((order, steps_of(&order.kinds, words)?)))?;
        let only = |kind| steps.iter().position(|k| *k == kind);
        let (it, adjective) = (only(Kind::Pronoun)?, only(Kind::Adjective)?);
        let mut nouns = (0..steps.len()).filter(|step| steps[*step] == Kind::Noun);
        let mut candidate = |role: Role| {
            let step = nouns.next()?;
            let noun = word(words[step]);
            Some(Candidate { noun: noun.text, class: noun.class?, role, step })
        };
        let candidates = [candidate(order.roles[0])?, candidate(order.roles[1])?];
        let fits = candidates.map(|candidate| Some(candidate.class) == word(words[adjective]).class);
        let referent = match fits {
            [true, false] => 0,
            [false, true] => 1,
            _ => return None,
        };
        Some(Self { tokens: words.to_vec(), candidates, it, adjective, referent })
    }

    /// The role of the referent.
    pub fn role(&self) -> Role {
        self.candidates[self.referent].role
    }

    /// Steps from the referent to `it`.
    pub fn lag(&self) -> usize {
        self.it - self.candidates[self.referent].step
    }

    /// Its words.
    pub fn words(&self) -> Vec<&'static str> {
        self.tokens.iter().map(|token| word(*token).text).collect()
    }
}

/// The kind of each word, where they come in this order with some fillers left out. A word has one kind, and no filler
/// stands beside a place for another of its kind, so reading from left to right never has a choice.
fn steps_of(order: &[Kind], words: &[u32]) -> Option<Vec<Kind>> {
    let mut rest = words.iter().map(|token| word(*token).kind).peekable();
    let mut found = Vec::with_capacity(words.len());
    for kind in order {
        match rest.next_if_eq(kind) {
            Some(kind) => found.push(kind),
            None if kind.is_filler() => {}
            None => return None,
        }
    }
    rest.next().is_none().then_some(found)
}

/// Whether words of these kinds, some of them not known, could be in one of the orders.
pub(super) fn could_be(words: &[Option<Kind>]) -> bool {
    fn is_in(order: &[Kind], words: &[Option<Kind>]) -> bool {
        let Some((kind, order)) = order.split_first() else { return words.is_empty() };
        let is_next = words.first().is_some_and(|word| word.is_none_or(|word| word == *kind));
        is_next && is_in(order, &words[1..]) || kind.is_filler() && is_in(order, words)
    }
    ORDERS.iter().any(|order| is_in(&order.kinds, words))
}
