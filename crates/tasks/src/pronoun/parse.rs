//! From plain words to a sentence of the language, with errors that say what is missing.

use super::grammar::{Kind, vocabulary, word};
use super::sentence::{Sentence, could_be};

/// A sentence that errors show.
const EXAMPLE: &str = "such as: the robot sat on the floor because it was tired";

/// Words that make no sentence of the language.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PronounError {
    /// A word that the model has never seen.
    #[error("`{word}` is not a word of this language; the nearest are {}", nearest.join(", "))]
    Unknown {
        /// As it was given.
        word: String,
        /// Words of the language, the nearest first.
        nearest: Vec<&'static str>,
    },
    /// Known words that do not make a sentence.
    #[error("{0}; {EXAMPLE}")]
    Grammar(String),
}

/// A word as the vocabulary has it: in small letters, without the punctuation around it.
pub fn plain(text: &str) -> String {
    let is_mark = |letter: char| letter.is_ascii_punctuation() || "…“”‘’„«»–—".contains(letter);
    text.trim().trim_matches(is_mark).to_lowercase()
}

/// Reads plain words. Case, and punctuation around words, are ignored. The noun after the preposition is the object, the
/// other one the subject.
///
/// # Errors
/// A word that is not of the language, with the nearest ones; or what a sentence lacks, with one that is whole.
pub fn parse(text: &str) -> Result<Sentence, PronounError> {
    let words: Vec<String> = text.split_whitespace().map(plain).filter(|word| !word.is_empty()).collect();
    let known: Vec<Option<u32>> = words.iter().map(|word| token(word)).collect();
    if let Some(at) = known.iter().position(Option::is_none) {
        return Err(PronounError::Unknown { word: words[at].clone(), nearest: nearest(&words[at], &known, at) });
    }
    let tokens: Vec<u32> = known.into_iter().flatten().collect();
    Sentence::read(&tokens).ok_or_else(|| PronounError::Grammar(flaw(&tokens)))
}

fn token(text: &str) -> Option<u32> {
    vocabulary().iter().position(|word| word.text == text).map(|index| index as u32 + 1)
}

/// The words of the language that are nearest to an unknown one, those first that could stand in its place.
fn nearest(text: &str, tokens: &[Option<u32>], at: usize) -> Vec<&'static str> {
    let mut kinds: Vec<Option<Kind>> = tokens.iter().map(|token| Some(word((*token)?).kind)).collect();
    let mut fits = |kind: Kind| {
        kinds[at] = Some(kind);
        could_be(&kinds)
    };
    let mut known: Vec<(bool, usize, &'static str)> = vocabulary()
        .iter()
        .map(|known| (!fits(known.kind), strsim::damerau_levenshtein(text, known.text), known.text))
        .collect();
    known.sort_by_key(|(is_elsewhere, distance, _)| (*is_elsewhere, *distance));
    known.into_iter().map(|(_, _, text)| text).take(3).collect()
}

/// What keeps known words from being a sentence.
fn flaw(tokens: &[u32]) -> String {
    let of = |kind: Kind| -> Vec<&'static str> {
        tokens.iter().map(|token| word(*token)).filter(|word| word.kind == kind).map(|word| word.text).collect()
    };
    let (nouns, adjectives) = (of(Kind::Noun), of(Kind::Adjective));
    let needed = [
        (Kind::Pronoun, "an `it`"),
        (Kind::Noun, "two nouns that `it` could be"),
        (Kind::Adjective, "an adjective at the end that fits one of the nouns"),
        (Kind::Verb, "a verb"),
        (Kind::Preposition, "a preposition"),
        (Kind::Because, "a `because`"),
        (Kind::Was, "a `was`"),
    ];
    for (kind, what) in needed {
        let (has, needs) = (of(kind).len(), if kind == Kind::Noun { 2 } else { 1 });
        if has < needs {
            return format!("the sentence lacks {what}");
        }
        if has > needs {
            return format!("the sentence needs {what}, and has {}: {}", has, of(kind).join(", "));
        }
    }
    let class = |text: &str| vocabulary().iter().find(|word| word.text == text).and_then(|word| word.class);
    let fitting = nouns.iter().filter(|noun| class(noun) == class(adjectives[0])).count();
    match fitting {
        0 => format!("`{}` fits neither {} nor {}", adjectives[0], nouns[0], nouns[1]),
        1 => "these words are not in an order that this language has".to_owned(),
        _ => format!("`{}` fits both {} and {}", adjectives[0], nouns[0], nouns[1]),
    }
}
