//! From plain words to a sentence of the language, with errors that say what is missing.

use super::grammar::{Kind, vocabulary, word};
use super::sentence::Sentence;

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

/// Reads plain words. Case, and a full stop at the end, are ignored. The noun after the preposition is the object, the
/// other one the subject.
///
/// # Errors
/// A word that is not of the language, with the nearest ones; or what a sentence lacks, with one that is whole.
pub fn parse(text: &str) -> Result<Sentence, PronounError> {
    let text = text.trim().to_lowercase();
    let words = text.strip_suffix('.').unwrap_or(&text).split_whitespace();
    let tokens: Vec<u32> = words.map(token).collect::<Result<_, _>>()?;
    Sentence::read(&tokens).ok_or_else(|| PronounError::Grammar(flaw(&tokens)))
}

fn token(text: &str) -> Result<u32, PronounError> {
    if let Some(index) = vocabulary().iter().position(|word| word.text == text) {
        return Ok(index as u32 + 1);
    }
    let mut nearest: Vec<&'static str> = vocabulary().iter().map(|word| word.text).collect();
    nearest.sort_by_key(|known| strsim::damerau_levenshtein(text, known));
    nearest.truncate(3);
    Err(PronounError::Unknown { word: text.to_owned(), nearest })
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
