//! The name of a layer in its three forms, and which names none can have.

use super::template;
use crate::error::LabError;

/// More would not fit beside a figure.
const LONGEST: usize = 40;

/// Words of Rust 2024, those that are reserved for later included.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
    "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true",
    "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Crates of the compiler, primitive types, the module of tests in the zoo, folders of cargo and devices of Windows.
const RESERVED: &[&str] = &[
    "alloc",
    "core",
    "proc_macro",
    "std",
    "test",
    "tests",
    "build",
    "deps",
    "examples",
    "incremental",
    "bool",
    "char",
    "str",
    "f16",
    "f32",
    "f64",
    "f128",
    "i8",
    "i16",
    "i32",
    "i64",
    "i128",
    "isize",
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "usize",
    "aux",
    "con",
    "nul",
    "prn",
    "com1",
    "com2",
    "com3",
    "com4",
    "com5",
    "com6",
    "com7",
    "com8",
    "com9",
    "lpt1",
    "lpt2",
    "lpt3",
    "lpt4",
    "lpt5",
    "lpt6",
    "lpt7",
    "lpt8",
    "lpt9",
];

/// A name that a crate, a folder, a module and a type can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// Reads `my-layer`.
    ///
    /// # Errors
    /// When it is not kebab-case, too long, or a word that means something else; the help is a name that would do.
    pub fn parse(given: &str) -> Result<Self, LabError> {
        let refuse = |what: String, help: String| Err(LabError::usage(format!("`{given}` {what}"), help));
        let form = kebab(given);
        if form != given || form.is_empty() {
            let help = if form.is_empty() { "my-layer" } else { &form };
            let help = format!("lower-case letters and digits in words with one hyphen between them: `{help}`");
            return refuse("is not kebab-case".to_owned(), help);
        }
        let name = Self(form);
        if given.starts_with(|first: char| first.is_ascii_digit()) {
            return refuse("starts with a digit, as no crate can".to_owned(), format!("such as `layer-{given}`"));
        }
        if given.len() > LONGEST {
            return refuse(format!("has {} letters, and {LONGEST} is the most", given.len()), "shorten it".to_owned());
        }
        let other = format!("add a word to it, such as `{given}-layer`");
        if KEYWORDS.contains(&name.snake().as_str()) {
            return refuse("is a keyword of Rust".to_owned(), other);
        }
        if RESERVED.contains(&name.snake().as_str()) {
            return refuse("has a meaning to Rust, cargo or an operating system already".to_owned(), other);
        }
        if template::uses(&name.camel()) {
            return refuse(
                format!("would be the type `{}`, and the code of a layer has one already", name.camel()),
                other,
            );
        }
        Ok(name)
    }

    /// `my-layer`: folder, crate, row.
    pub fn kebab(&self) -> &str {
        &self.0
    }

    /// `my_layer`: the crate in code.
    pub fn snake(&self) -> String {
        self.0.replace('-', "_")
    }

    /// `MyLayer`: the type.
    pub fn camel(&self) -> String {
        let word = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
        self.0.split('-').map(word).collect()
    }
}

/// Whatever was typed as kebab-case: `MyLayer`, `my_layer` and `My layer` are `my-layer`. Empty if nothing of it is a letter
/// or a digit.
fn kebab(given: &str) -> String {
    let letters: Vec<char> = given.chars().collect();
    let mut words = String::new();
    for (i, letter) in letters.iter().enumerate() {
        let before = i.checked_sub(1).map(|i| letters[i]);
        let after = letters.get(i + 1);
        // A word begins at `L` in `myLayer`, and at `C` in `LSTMCell`.
        let begins = letter.is_ascii_uppercase()
            && before.is_some_and(|before| {
                before.is_ascii_lowercase()
                    || before.is_ascii_uppercase() && after.is_some_and(char::is_ascii_lowercase)
            });
        if begins {
            words.push('-');
        }
        words.push(if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' });
    }
    words.split('-').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(given: &str) -> String {
        match Name::parse(given) {
            Err(LabError::Usage { message, help }) => format!("{message}; {}", help.unwrap_or_default()),
            other => panic!("`{given}`: {other:?}"),
        }
    }

    #[test]
    fn a_name_has_three_forms() {
        for (given, snake, camel) in [
            ("gru", "gru", "Gru"),
            ("linear-attention", "linear_attention", "LinearAttention"),
            ("s4", "s4", "S4"),
            ("conv-1d-x", "conv_1d_x", "Conv1dX"),
        ] {
            let name = Name::parse(given).unwrap();
            assert_eq!((name.kebab(), name.snake().as_str(), name.camel().as_str()), (given, snake, camel));
        }
        assert!(Name::parse(&"a".repeat(LONGEST)).is_ok());
    }

    #[test]
    fn what_is_not_kebab_case_is_answered_with_its_kebab_case() {
        for (given, kebab) in [
            ("MyLayer", "my-layer"),
            ("my_layer", "my-layer"),
            ("My Layer", "my-layer"),
            ("LSTMCell", "lstm-cell"),
            ("GRU", "gru"),
            ("Conv1D", "conv1d"),
            ("my--layer", "my-layer"),
            ("-x-", "x"),
            ("a/../b", "a-b"),
            ("größe", "gr-e"),
            ("", "my-layer"),
            ("???", "my-layer"),
        ] {
            let text = refused(given);
            assert!(text.contains("is not kebab-case") && text.ends_with(&format!("`{kebab}`")), "{text}");
        }
    }

    #[test]
    fn words_with_another_meaning_are_refused() {
        for word in ["self", "crate", "yield", "try", "gen", "async", "box", "match"] {
            let text = refused(word);
            assert!(text.contains("is a keyword of Rust") && text.contains(&format!("`{word}-layer`")), "{text}");
            assert!(Name::parse(&format!("{word}-layer")).is_ok());
        }
        for word in ["test", "tests", "core", "std", "proc-macro", "f32", "con", "build"] {
            assert!(refused(word).contains("has a meaning"), "{word}");
        }
        // Names of types that the code of a template brings along or makes.
        for word in ["settings", "cache", "shape", "axis", "vec-deque", "side", "array3"] {
            assert!(refused(word).contains("has one already"), "{word}");
        }
        assert!(refused("3d").contains("starts with a digit") && refused("3d").contains("`layer-3d`"));
        assert!(refused(&"a".repeat(LONGEST + 1)).contains("41 letters, and 40"));
    }
}
