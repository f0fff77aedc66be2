//! Nested expressions: drawn, written as tokens, read back, and what they are worth.

use rand::Rng;

/// What is done with the arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// The smallest.
    Min,
    /// The largest.
    Max,
    /// The middle one; of two in the middle, their mean, rounded down.
    Med,
    /// The sum modulo 10.
    Sm,
}

/// All of them, in the order of their tokens.
pub const OPERATORS: [Operator; 4] = [Operator::Min, Operator::Max, Operator::Med, Operator::Sm];

/// A digit, or an operator and its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tree {
    /// 0 … 9.
    Digit(usize),
    /// At least two arguments.
    Node(Operator, Vec<Tree>),
}

/// Tokens: 0 nothing, 1 … 10 digits, 11 … 14 an operator with its bracket, 15 the closing bracket.
pub const NOTHING: u32 = 0;
pub const FIRST_DIGIT: u32 = 1;
pub const FIRST_OPERATOR: u32 = 11;
pub const CLOSE: u32 = 15;

/// How likely an argument is an expression.
const NESTED: f64 = 0.25;

impl Operator {
    /// Of arguments, at least one.
    pub fn of(self, arguments: &[usize]) -> usize {
        let mut sorted = arguments.to_vec();
        sorted.sort_unstable();
        let last = sorted.len() - 1;
        match self {
            Self::Min => sorted[0],
            Self::Max => sorted[last],
            Self::Med => (sorted[last / 2] + sorted[last.div_ceil(2)]) / 2,
            Self::Sm => sorted.iter().sum::<usize>() % 10,
        }
    }
}

impl Tree {
    /// Draws a tree as Long Range Arena's generator does; `None` if it comes to `room` tokens or more.
    pub fn draw(rng: &mut impl Rng, depth: usize, arguments: usize, room: usize) -> Option<Self> {
        let mut left = room.checked_sub(1)?;
        Self::grow(rng, depth, arguments, &mut left)
    }

    /// `left` tokens may still be written.
    fn grow(rng: &mut impl Rng, depth: usize, arguments: usize, left: &mut usize) -> Option<Self> {
        if depth <= 1 || rng.random::<f64>() > NESTED {
            *left = left.checked_sub(1)?;
            return Some(Self::Digit(rng.random_range(0..10)));
        }
        *left = left.checked_sub(2)?;
        let count = rng.random_range(2..=arguments);
        let inner: Option<Vec<Self>> = (0..count).map(|_| Self::grow(rng, depth - 1, arguments, left)).collect();
        Some(Self::Node(OPERATORS[rng.random_range(0..OPERATORS.len())], inner?))
    }

    /// What it is worth, 0 … 9.
    pub fn value(&self) -> usize {
        match self {
            Self::Digit(digit) => *digit,
            Self::Node(operator, inner) => operator.of(&inner.iter().map(Self::value).collect::<Vec<_>>()),
        }
    }

    /// Appends its tokens.
    pub fn write(&self, tokens: &mut Vec<u32>) {
        match self {
            Self::Digit(digit) => tokens.push(FIRST_DIGIT + *digit as u32),
            Self::Node(operator, inner) => {
                tokens.push(FIRST_OPERATOR + *operator as u32);
                inner.iter().for_each(|argument| argument.write(tokens));
                tokens.push(CLOSE);
            }
        }
    }

    /// Reads the tree at the front of tokens that `write` wrote, and says what is left of them.
    ///
    /// # Panics
    /// When there is none.
    pub fn read(tokens: &[u32]) -> (Self, &[u32]) {
        let (token, mut rest) = tokens.split_first().expect("a tree");
        if *token < FIRST_OPERATOR {
            return (Self::Digit((token - FIRST_DIGIT) as usize), rest);
        }
        let operator = OPERATORS[(token - FIRST_OPERATOR) as usize];
        let mut inner = Vec::new();
        while rest[0] != CLOSE {
            let (argument, after) = Self::read(rest);
            inner.push(argument);
            rest = after;
        }
        (Self::Node(operator, inner), &rest[1..])
    }
}
