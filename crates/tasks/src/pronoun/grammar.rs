//! The small language of `pronoun`: its words, its two orders, and which adjective fits which noun.

use std::sync::LazyLock;

use crate::Split;

/// Nouns of one kind of thing, and the adjectives that fit these nouns and no others.
#[derive(Clone, Copy, Debug)]
pub struct Class {
    /// What the nouns have in common.
    pub name: &'static str,
    /// What can be referred to.
    pub nouns: [&'static str; 4],
    /// What can be said of each of them, and of no noun of another class.
    pub adjectives: [&'static str; 3],
}

/// All classes. That a robot can be tired and a floor dirty, and not the other way round, is a rule of this language.
pub const CLASSES: [Class; 6] = [
    Class { name: "alive", nouns: ["robot", "dog", "cat", "child"], adjectives: ["tired", "hungry", "asleep"] },
    Class { name: "surface", nouns: ["floor", "table", "road", "stage"], adjectives: ["dirty", "slippery", "uneven"] },
    Class { name: "vehicle", nouns: ["bus", "tram", "truck", "train"], adjectives: ["late", "crowded", "parked"] },
    Class { name: "food", nouns: ["cake", "soup", "bread", "cheese"], adjectives: ["tasty", "salty", "stale"] },
    Class { name: "container", nouns: ["box", "jar", "bottle", "basket"], adjectives: ["empty", "sealed", "leaky"] },
    Class { name: "cloth", nouns: ["shirt", "towel", "scarf", "coat"], adjectives: ["knitted", "frayed", "ironed"] },
];

/// What a word does in a sentence. Each word does one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `the`.
    Article,
    /// Of [`Class::nouns`].
    Noun,
    /// What the subject did.
    Verb,
    /// What makes the next noun the object.
    Preposition,
    /// `because`.
    Because,
    /// `it`.
    Pronoun,
    /// `was`.
    Was,
    /// Of [`Class::adjectives`]: what tells which noun `it` is.
    Adjective,
    /// A filler before a noun, which fits any.
    Quality,
    /// A filler before or after the verb.
    Manner,
    /// A filler before `because`.
    Emphasis,
    /// A filler after `because`.
    When,
    /// A filler before the adjective.
    Degree,
}

/// Words that are not in a class.
const OTHERS: [(Kind, &[&str]); 11] = [
    (Kind::Article, &["the"]),
    (Kind::Verb, &["sat", "stood", "lay", "fell", "stopped", "waited", "landed", "rested"]),
    (Kind::Preposition, &["on", "near", "under", "behind", "beside", "below"]),
    (Kind::Because, &["because"]),
    (Kind::Pronoun, &["it"]),
    (Kind::Was, &["was"]),
    (Kind::Quality, &["big", "old", "small", "new", "red", "heavy", "little", "plain"]),
    (Kind::Manner, &["slowly", "quietly", "suddenly", "often", "calmly", "finally"]),
    (Kind::Emphasis, &["simply", "just", "mainly", "only"]),
    (Kind::When, &["now", "today", "lately", "again"]),
    (Kind::Degree, &["very", "quite", "rather", "so"]),
];

impl Kind {
    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Article => "article",
            Self::Noun => "noun",
            Self::Verb => "verb",
            Self::Preposition => "preposition",
            Self::Because => "because",
            Self::Pronoun => "pronoun",
            Self::Was => "was",
            Self::Adjective => "adjective",
            Self::Quality => "quality",
            Self::Manner => "manner",
            Self::Emphasis => "emphasis",
            Self::When => "time",
            Self::Degree => "degree",
        }
    }

    /// Whether it may be left out.
    pub fn is_filler(self) -> bool {
        matches!(self, Self::Quality | Self::Manner | Self::Emphasis | Self::When | Self::Degree)
    }
}

/// A word of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// As it is written.
    pub text: &'static str,
    /// What it does.
    pub kind: Kind,
    /// Of a noun or an adjective: which of [`CLASSES`].
    pub class: Option<usize>,
}

static VOCABULARY: LazyLock<Vec<Word>> = LazyLock::new(|| {
    let others = OTHERS.iter().flat_map(|(kind, texts)| texts.iter().map(|text| (*text, *kind, None)));
    let nouns = CLASSES.iter().enumerate().flat_map(|(c, class)| class.nouns.map(|text| (text, Kind::Noun, Some(c))));
    let adjectives = CLASSES.iter().enumerate();
    let adjectives = adjectives.flat_map(|(c, class)| class.adjectives.map(|text| (text, Kind::Adjective, Some(c))));
    others.chain(nouns).chain(adjectives).map(|(text, kind, class)| Word { text, kind, class }).collect()
});

/// Every word of the language; word i is token i + 1, since token 0 is a blank.
pub fn vocabulary() -> &'static [Word] {
    &VOCABULARY
}

/// The word of a token that is not a blank.
pub(super) fn word(token: u32) -> Word {
    VOCABULARY[token as usize - 1]
}

/// The tokens of the words of a kind, in the order of the tables.
pub(super) fn tokens_of(kind: Kind) -> std::ops::Range<u32> {
    let first = VOCABULARY.iter().position(|word| word.kind == kind).expect("every kind has words");
    let count = VOCABULARY[first..].iter().take_while(|word| word.kind == kind).count();
    first as u32 + 1..(first + count) as u32 + 1
}

/// For what a noun and an adjective of one class stand together, both by their place in the tables of the class. Each
/// noun lacks one of its three adjectives in training, and that one is asked for in validation or in test alone.
pub fn split_of(noun: usize, adjective: usize) -> Split {
    match (noun, adjective) {
        (0, 0) | (1, 1) => Split::Test,
        (2, 2) | (3, 0) => Split::Validation,
        _ => Split::Train,
    }
}

/// The part that a noun plays; the two answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It did something.
    Subject,
    /// It comes after the preposition.
    Object,
}

impl Role {
    /// The class of it as an answer.
    pub fn answer(self) -> usize {
        match self {
            Self::Subject => 0,
            Self::Object => 1,
        }
    }

    /// As figures show it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Object => "object",
        }
    }
}

/// One order of a sentence: kinds of words, fillers included, and the roles of its nouns.
pub(super) struct Order {
    pub(super) kinds: [Kind; 17],
    pub(super) roles: [Role; 2],
    /// Steps from the first noun to the second one, without fillers.
    pub(super) between: usize,
}

/// "The robot sat on the floor because it was tired" and "on the floor sat the robot because it was tired". Both have
/// the same seven places for fillers in the same order: one before the first noun, three between the nouns, two
/// between the second noun and `it`, one before the adjective.
pub(super) const ORDERS: [Order; 2] = {
    use Kind::{
        Adjective, Article, Because, Degree, Emphasis, Manner, Noun, Preposition, Pronoun, Quality, Verb, Was, When,
    };
    [
        Order {
            kinds: [
                Article,
                Quality,
                Noun,
                Manner,
                Verb,
                Manner,
                Preposition,
                Article,
                Quality,
                Noun,
                Emphasis,
                Because,
                When,
                Pronoun,
                Was,
                Degree,
                Adjective,
            ],
            roles: [Role::Subject, Role::Object],
            between: 4,
        },
        Order {
            kinds: [
                Preposition,
                Article,
                Quality,
                Noun,
                Manner,
                Verb,
                Manner,
                Article,
                Quality,
                Noun,
                Emphasis,
                Because,
                When,
                Pronoun,
                Was,
                Degree,
                Adjective,
            ],
            roles: [Role::Object, Role::Subject],
            between: 3,
        },
    ]
};

/// Words of the longest sentence: ten, and a filler at each of the seven places.
pub(super) const LONGEST: usize = 17;

/// The two orders and all words, as `lab describe` lists them.
pub(super) fn notes() -> Vec<(String, String)> {
    let shown = |kind: &Kind| {
        let words: Vec<&str> = VOCABULARY.iter().filter(|word| word.kind == *kind).map(|word| word.text).collect();
        match (kind.is_filler(), words.as_slice()) {
            (false, [only]) => (*only).to_owned(),
            (false, _) => kind.name().to_uppercase(),
            (true, _) => format!("[{}]", kind.name()),
        }
    };
    let order = |order: &Order| {
        let kinds: Vec<String> = order.kinds.iter().map(shown).collect();
        (format!("order, {} first", order.roles[0].name()), kinds.join(" "))
    };
    let others = OTHERS.iter().filter(|(_, words)| words.len() > 1);
    let others = others.map(|(kind, words)| {
        let may = if kind.is_filler() { ", may be left out" } else { "" };
        (format!("{}{may}", kind.name()), words.join(", "))
    });
    let class = |class: &Class| {
        let (nouns, adjectives) = (class.nouns.join(", "), class.adjectives.join(", "));
        (format!("nouns, {}", class.name), format!("{nouns}; adjectives that fit them: {adjectives}"))
    };
    ORDERS.iter().map(order).chain(CLASSES.iter().map(class)).chain(others).collect()
}
