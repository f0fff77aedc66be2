//! `listops`: the value of a nested expression of lists. **A negative control**: much of the answer takes no reach at all.
//!
//! Operators MIN, MAX, MED (the median, rounded down) and SM (the sum modulo 10) stand before lists of digits and of further
//! expressions; the answer is the value of the whole, one of ten. After Nangia & Bowman 2018 (arXiv 1804.06028), drawn as in Long
//! Range Arena (Tay et al. 2020, arXiv 2011.04006; lra_benchmarks/data/listops.py): an argument is an expression in a quarter
//! of cases and else a digit, both uniform; there are 2 to `arguments` of them; no expression is more than `depth` levels
//! deep, its digits included; and what is not longer than `shortest` and shorter than `n` is drawn again. Long Range Arena has
//! lengths of 500 to 2000, depth 10 and 10 arguments. (Its parentheses are no tokens: its models never see them.) Here an
//! operator and its bracket are one token, as there, the closing bracket is one, and what is short of n − 1 tokens begins with
//! nothing, so that a layer which looks back reads all of it at the last step.
//!
//! There is no one lag: what is needed may stand anywhere up to the first step, and n − 1 is given.
//!
//! Example (n = 16, shortest = 6, depth = 4, 4 arguments, seed 0, train, index 0):
//!
//! ```text
//! . . . . [MED [SM 4 0 ] 4 5 [MAX 8 2 ] ] -> 4
//! ```
//!
//! Floors, fitted on training sequences and scored on test ones: the commonest answer; the commonest answer for the
//! **root operator** (MIN of many is near 0 and MAX near 9; at Long Range Arena's size 17.0 % and 36.1 %); and the
//! commonest for the root operator together with its own digits (what MIN, MAX or MED makes of them, or SM, and how many
//! arguments are left out), whatever stands in the lists inside. 1/10. Who is at the root operator's floor has brought two bits
//! along from the first token, and nothing else; a layer is not to be said to use what is far apart before it clears that, nor
//! to evaluate anything nested before it clears the one with digits.

mod tree;

pub use tree::{OPERATORS, Operator, Tree};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::settings::{SettingDoc, TaskDefinition, TaskError, at_most, read};
use crate::{Answer, Floor, Sequence, Split, Target, Task, rng};
use tree::{CLOSE, FIRST_DIGIT, FIRST_OPERATOR, NOTHING};

/// The row of this task in the table.
pub const DEFINITION: TaskDefinition = TaskDefinition {
    name: "listops",
    summary: "the value of a nested expression of lists: a negative control, since its root alone tells much of it",
    settings: &[
        SettingDoc { name: "n", values: "6 … 16384", meaning: "steps of a sequence; an expression has fewer tokens" },
        SettingDoc { name: "shortest", values: "3 … n - 2", meaning: "an expression has more tokens than this" },
        SettingDoc { name: "depth", values: "2 … 32 (10)", meaning: "levels at the most, digits included" },
        SettingDoc { name: "arguments", values: "2 … 64 (10)", meaning: "arguments of an operator at the most" },
    ],
    example: "n = 16\nshortest = 6\ndepth = 4\narguments = 4",
    build: |settings| Ok(Box::new(read::<ListOps>(settings)?.check()?)),
};

/// Settings of `listops`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListOps {
    /// Steps of a sequence; an expression has fewer tokens.
    pub n: usize,
    /// An expression has more tokens than this.
    pub shortest: usize,
    /// Levels of an expression at the most, its digits included.
    #[serde(default = "default_ten")]
    pub depth: usize,
    /// Arguments of an operator at the most.
    #[serde(default = "default_ten")]
    pub arguments: usize,
}

fn default_ten() -> usize {
    10
}

/// Sequences that floors are fitted and scored on.
const FIT: u64 = 20_000;
const SCORED: u64 = 20_000;
/// Steps of each of the two, at the most.
const STEPS: u64 = 1 << 22;
/// How many expressions are tried, per seed, before settings are said to make none.
const TRIED: usize = 20_000;

/// What a solver looks at to pick an answer.
type Key = (usize, usize, usize);

impl ListOps {
    /// Refuses settings that make no task.
    ///
    /// # Errors
    /// Names the setting, its value and what would do.
    pub fn check(self) -> Result<Self, TaskError> {
        at_most("n", self.n, 6, 1 << 14)?;
        at_most("shortest", self.shortest, 3, self.n - 2)?;
        at_most("depth", self.depth, 2, 32)?;
        at_most("arguments", self.arguments, 2, 64)?;
        // A length that some expression has is had by more than one in so many, or would take too long to draw.
        let mut rng = rng(0, Split::Train, 0);
        if (0..TRIED).all(|_| self.fitting(&mut rng).is_none()) {
            let Self { n, shortest, depth, arguments } = self;
            return Err(TaskError(format!(
                "shortest = {shortest}: of {TRIED} expressions of depth = {depth} with up to arguments = {arguments}, none has more \
                 tokens than that and fewer than n = {n}; choose a smaller shortest, or more depth or arguments"
            )));
        }
        Ok(self)
    }

    /// An expression, if it has a length that is wanted.
    fn fitting(&self, rng: &mut impl rand::Rng) -> Option<Vec<u32>> {
        let tree = Tree::draw(rng, self.depth, self.arguments, self.n)?;
        let mut tokens = Vec::new();
        tree.write(&mut tokens);
        (tokens.len() > self.shortest).then_some(tokens)
    }

    /// The expression that a sequence holds.
    pub fn tree(&self, sequence: &Sequence) -> Tree {
        let start = sequence.tokens.iter().position(|token| *token != NOTHING).expect("a tree");
        Tree::read(&sequence.tokens[start..]).0
    }

    /// Nothing, the root operator, and that with what it makes of its own digits, to be answered by a table.
    fn keys(tree: &Tree) -> [Key; 3] {
        let Tree::Node(operator, inner) = tree else { return [(0, 0, 0); 3] };
        let digits: Vec<usize> = inner.iter().filter(|i| matches!(i, Tree::Digit(_))).map(Tree::value).collect();
        let root = 1 + *operator as usize;
        // 10 stands for no digit.
        let own = if digits.is_empty() { 10 } else { operator.of(&digits) };
        [(0, 0, 0), (root, 0, 0), (root, 1 + own, inner.len() - digits.len())]
    }

    /// Accuracies on test sequences of answering by these keys, from tables fitted on training sequences.
    pub fn by_tables(&self, seed: u64) -> [f64; 3] {
        let drawn = |split: Split, index: u64| {
            let sequence = self.sequence(seed, split, index);
            (Self::keys(&self.tree(&sequence)), sequence.targets[0].answer.class())
        };
        let count = |of: u64| of.min(STEPS / self.n as u64).max(64);
        let mut tables: [BTreeMap<Key, [u32; 10]>; 3] = std::array::from_fn(|_| BTreeMap::new());
        for index in 0..count(FIT) {
            let (keys, answer) = drawn(Split::Train, index);
            tables.iter_mut().zip(keys).for_each(|(table, key)| table.entry(key).or_default()[answer] += 1);
        }
        let best = |counts: &[u32; 10]| (0..10).rev().max_by_key(|answer| counts[*answer]);
        let mut right = [0_usize; 3];
        for index in 0..count(SCORED) {
            let (keys, answer) = drawn(Split::Test, index);
            for (place, key) in keys.into_iter().enumerate() {
                // What training never had is answered by what is known of the root.
                let counts = tables[place].get(&key).or_else(|| tables[1].get(&keys[1]));
                right[place] += usize::from(counts.and_then(best) == Some(answer));
            }
        }
        right.map(|right| right as f64 / count(SCORED) as f64)
    }
}

impl Task for ListOps {
    fn name(&self) -> &'static str {
        "listops"
    }

    fn time(&self) -> usize {
        self.n
    }

    fn pairs(&self) -> Option<usize> {
        None
    }

    fn vocabularies(&self) -> Vec<usize> {
        vec![CLOSE as usize + 1]
    }

    fn classes(&self) -> usize {
        10
    }

    fn lags(&self) -> Vec<usize> {
        vec![self.n - 1]
    }

    fn sequence(&self, seed: u64, split: Split, index: u64) -> Sequence {
        let mut rng = rng(seed, split, index);
        let written = loop {
            // `check` has seen that there is one.
            if let Some(tokens) = self.fitting(&mut rng) {
                break tokens;
            }
        };
        let mut tokens = vec![NOTHING; self.n - written.len()];
        tokens.extend(&written);
        let target = Target::class(self.n - 1, Tree::read(&written).0.value(), self.n - 1);
        Sequence { tokens, targets: vec![target], ..Sequence::default() }
    }

    /// A stack of open lists, another way than the tree's.
    fn oracle(&self, sequence: &Sequence) -> Vec<Answer> {
        let mut open: Vec<(Operator, Vec<usize>)> = Vec::new();
        let mut value = 0;
        for token in sequence.tokens.iter().filter(|token| **token != NOTHING) {
            match *token {
                CLOSE => {
                    let (operator, arguments) = open.pop().expect("a list is open");
                    value = operator.of(&arguments);
                }
                token if token >= FIRST_OPERATOR => {
                    open.push((OPERATORS[(token - FIRST_OPERATOR) as usize], Vec::new()));
                    continue;
                }
                token => value = (token - FIRST_DIGIT) as usize,
            }
            if let Some((_, arguments)) = open.last_mut() {
                arguments.push(value);
            }
        }
        vec![Answer::Class(value)]
    }

    fn floors(&self, seed: u64) -> Vec<Floor> {
        let [commonest, root, digits] = self.by_tables(seed);
        vec![
            Floor { name: "root operator", accuracy: root },
            Floor { name: "root operator and its digits", accuracy: digits },
            Floor { name: "commonest answer", accuracy: commonest },
            Floor { name: "1/10", accuracy: 0.1 },
        ]
    }

    fn words(&self, sequence: &Sequence) -> Vec<String> {
        let word = |token: &u32| match *token {
            NOTHING => ".".to_owned(),
            CLOSE => "]".to_owned(),
            token if token >= FIRST_OPERATOR => {
                format!("[{:?}", OPERATORS[(token - FIRST_OPERATOR) as usize]).to_uppercase()
            }
            token => (token - FIRST_DIGIT).to_string(),
        };
        sequence.tokens.iter().map(word).collect()
    }

    fn render(&self, sequence: &Sequence) -> String {
        format!("{} -> {}", self.words(sequence).join(" "), sequence.targets[0].answer.class())
    }
}
