//! `polysemy`: the sense of a word that has two, told by the cue that stands with it.
//!
//! "Bank" is one thing outdoors and another indoors. C steps carry a word each and with it a cue, `outdoors` or
//! `indoors`; the last step carries one of these words and no cue. The answer is sense A or B: that cue, turned round
//! for every other word, since which sense of a word is called A has nothing to do with where it is met. In letters:
//! sense = cue xor b\[word\], with a fixed table b that is 0 for half of the words.
//!
//! **Why two shared senses.** With senses of its own for each word (`bank A`, `bank B`, `bat A`, …) a straight line
//! does better than chance: the word asked for picks two of the answers, and counting cues, each answer with a sign of its
//! own, leans to one of the two. With shared senses a cue speaks for A as often as for B, whatever its word, and so
//! does each word: nothing that is said of one step and one channel alone tells anything, so the best cross-entropy of
//! an additive model is exactly ln 2. Words of their own for the cues of each word (`river`, `money`) would leak in the
//! same way. Tests hold both.
//!
//! **No leak through the position.** As in `recall-at-lag`, the C lags are drawn without replacement from one grid
//! ([`lag_grid`]), and the word asked for is one of the C at random. With `held_out` (the default), training and
//! validation draw all their lags from every other value of the grid, and test draws from all of it: at half of the
//! lags of test there never was anything in training.
//!
//! Example (n = 12, 4 words, 2 cues, seed 0, train, index 0):
//!
//! ```text
//! . . . . . bat=indoors . . seal=indoors . . bat=? -> sense A (lag 6)
//! ```
//!
//! Floors: cue counting, computed on test sequences, which takes the cue that most of the C steps carry for that of the
//! word asked for, without binding cues to words: ¾ with three cues, and never less than 1/2; and 1/2. A layer that
//! sees only some lags has a floor of its own ([`Task::floor_within`]): the fewer cues are in sight, the better does
//! counting them do.

use std::collections::BTreeMap;

use rand::Rng;
use rand::seq::{SliceRandom, index};
use serde::{Deserialize, Serialize};

use crate::recall_at_lag::{choose, lag_grid};
use crate::settings::{SettingDoc, TaskDefinition, TaskError, at_most, check_length, read};
use crate::{Answer, Floor, Sequence, Split, Target, Task, rng};

/// The row of this task in the table.
pub const DEFINITION: TaskDefinition = TaskDefinition {
    name: "polysemy",
    summary: "the sense of an ambiguous word: the cue that stood with it tells, at lags that training may lack",
    settings: &[
        SettingDoc { name: "n", values: "2 … 1048576", meaning: "steps of a sequence; the last one asks" },
        SettingDoc { name: "words", values: "2 … 16, even (8)", meaning: "number of words with two senses" },
        SettingDoc {
            name: "cues",
            values: "1 … words and lags to draw from (3)",
            meaning: "number of steps with a word and a cue C",
        },
        SettingDoc {
            name: "held_out",
            values: "true, false (true)",
            meaning: "training and validation have every other lag of the grid only",
        },
    ],
    example: "n = 12\nwords = 4\ncues = 2",
    build: |settings| Ok(Box::new(read::<Polysemy>(settings)?.check()?)),
};

/// Settings of `polysemy`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Polysemy {
    /// Steps of a sequence; the last one asks.
    pub n: usize,
    /// Number of ambiguous words; even.
    #[serde(default = "default_words")]
    pub words: usize,
    /// Number of steps with a word and a cue, C.
    #[serde(default = "default_cues")]
    pub cues: usize,
    /// Whether training and validation draw lags from every other value of the grid only.
    #[serde(default = "default_held_out")]
    pub held_out: bool,
}

fn default_words() -> usize {
    8
}

fn default_cues() -> usize {
    3
}

fn default_held_out() -> bool {
    true
}

/// Words with two senses; word i is token i + 1.
pub const WORDS: [&str; 16] = [
    "bank", "bat", "seal", "crane", "mole", "palm", "bass", "jam", "bark", "pitch", "spring", "trunk", "ring", "nail",
    "pen", "ruler",
];

/// Cue i is token i + 1.
pub const CUES: [&str; 2] = ["outdoors", "indoors"];

/// Token of a channel that carries nothing.
const BLANK: u32 = 0;

/// Sequences that cue counting is scored on.
const SCORED: u64 = 20_000;

/// The sense of a word, by place in [`WORDS`], with a cue, by place in [`CUES`].
pub fn sense(word: usize, cue: usize) -> usize {
    cue ^ (word % 2)
}

impl Polysemy {
    /// Refuses settings that make no task.
    ///
    /// # Errors
    /// Names the setting, its value and what would do.
    pub fn check(self) -> Result<Self, TaskError> {
        check_length(self.n)?;
        at_most("words", self.words, 2, WORDS.len())?;
        if self.words % 2 == 1 {
            let words = self.words;
            return Err(TaskError(format!(
                "words = {words} is odd; half of them are turned round, so choose an even number"
            )));
        }
        let grid = self.grid(Split::Train);
        let most = grid.len().min(self.words);
        if self.cues == 0 || self.cues > most {
            return Err(TaskError(format!(
                "cues = {} do not fit: there are {} words and lags {} to draw from; choose cues from 1 to {most}, or a larger n",
                self.cues,
                self.words,
                grid.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
            )));
        }
        Ok(self)
    }

    /// The lags that a split draws from, ascending.
    pub fn grid(&self, split: Split) -> Vec<usize> {
        let step = if self.held_out && split != Split::Test { 2 } else { 1 };
        lag_grid(self.n).into_iter().step_by(step).collect()
    }

    /// The steps that carry a word and a cue, with both by place.
    fn cued<'a>(&self, sequence: &'a Sequence) -> impl Iterator<Item = (usize, usize, usize)> + 'a {
        let past = sequence.tokens[..2 * (self.n - 1)].chunks_exact(2).enumerate();
        past.filter(|(_, at)| at[0] != BLANK).map(|(step, at)| (step, at[0] as usize - 1, at[1] as usize - 1))
    }

    /// Accuracy on test sequences of taking the commoner cue for that of the word asked for; a tie is half a hit.
    pub fn cue_counting(&self, seed: u64) -> f64 {
        let hits = (0..SCORED).map(|index| {
            let sequence = self.sequence(seed, Split::Test, index);
            let asked = sequence.tokens[2 * (self.n - 1)] as usize - 1;
            let indoors = self.cued(&sequence).filter(|(_, _, cue)| *cue == 1).count();
            if 2 * indoors == self.cues {
                return 0.5;
            }
            let guess = sense(asked, usize::from(2 * indoors > self.cues));
            f64::from(u8::from(Answer::Class(guess) == sequence.targets[0].answer))
        });
        hits.sum::<f64>() / SCORED as f64
    }
}

/// How often one of `count` fair cues is the commoner one; a tie counts half.
fn agrees(count: usize) -> f64 {
    let others = count - 1;
    0.5 + choose(others, others / 2) / 2f64.powi(count as i32)
}

impl Task for Polysemy {
    fn name(&self) -> &'static str {
        "polysemy"
    }

    fn time(&self) -> usize {
        self.n
    }

    fn pairs(&self) -> Option<usize> {
        Some(self.cues)
    }

    fn vocabularies(&self) -> Vec<usize> {
        vec![self.words + 1, CUES.len() + 1]
    }

    fn classes(&self) -> usize {
        2
    }

    fn lags(&self) -> Vec<usize> {
        lag_grid(self.n)
    }

    fn trained_lags(&self) -> Vec<usize> {
        self.grid(Split::Train)
    }

    fn sequence(&self, seed: u64, split: Split, index: u64) -> Sequence {
        let mut rng = rng(seed, split, index);
        let grid = self.grid(split);
        let mut chosen = index::sample(&mut rng, grid.len(), self.cues).into_vec();
        chosen.shuffle(&mut rng);
        if split != Split::Train {
            // Stratified as in `recall-at-lag`: the same distribution, with equally many targets at each lag.
            let wanted = (index % grid.len() as u64) as usize;
            match chosen.iter().position(|c| *c == wanted) {
                Some(at) => chosen.swap(0, at),
                None => chosen[0] = wanted,
            }
        }
        let words = index::sample(&mut rng, self.words, self.cues).into_vec();
        let cues: Vec<usize> = words.iter().map(|_| rng.random_range(0..CUES.len())).collect();
        let last = self.n - 1;
        let mut tokens = vec![BLANK; 2 * self.n];
        for ((place, word), cue) in chosen.iter().zip(&words).zip(&cues) {
            let step = last - grid[*place];
            tokens[2 * step] = *word as u32 + 1;
            tokens[2 * step + 1] = *cue as u32 + 1;
        }
        tokens[2 * last] = words[0] as u32 + 1;
        let target = Target::class(last, sense(words[0], cues[0]), grid[chosen[0]]);
        Sequence { tokens, targets: vec![target], ..Sequence::default() }
    }

    fn oracle(&self, sequence: &Sequence) -> Vec<Answer> {
        let asked = sequence.tokens[2 * (self.n - 1)] as usize - 1;
        let (_, word, cue) =
            self.cued(sequence).find(|(_, word, _)| *word == asked).expect("the word asked for has a cue");
        vec![Answer::Class(sense(word, cue))]
    }

    fn floors(&self, seed: u64) -> Vec<Floor> {
        vec![Floor { name: "cue counting", accuracy: self.cue_counting(seed) }, Floor { name: "1/2", accuracy: 0.5 }]
    }

    fn loss_floors(&self) -> Vec<(&'static str, f64)> {
        vec![("ln 2, the best sum", std::f64::consts::LN_2)]
    }

    /// With m cues in sight, the commoner one is that of the word asked for the more often, the smaller m is, if that
    /// word is in sight; beyond the reach only a coin is left. The other cues fall on the grid without replacement, so
    /// how many of them are in sight is hypergeometric.
    fn floor_within(&self, sees: &dyn Fn(usize) -> bool) -> Option<BTreeMap<usize, f64>> {
        let grid = lag_grid(self.n);
        let (others, drawn) = (grid.len() - 1, self.cues - 1);
        let seen = grid.iter().filter(|lag| sees(**lag)).count().saturating_sub(1);
        let counting: f64 = (0..=drawn.min(seen))
            .filter(|m| drawn - m <= others - seen)
            .map(|m| choose(seen, m) * choose(others - seen, drawn - m) / choose(others, drawn) * agrees(m + 1))
            .sum();
        Some(grid.into_iter().map(|lag| (lag, if sees(lag) { counting } else { 0.5 })).collect())
    }

    fn questions(&self, sequence: &Sequence) -> Vec<Sequence> {
        let last = self.n - 1;
        let asked = self.cued(sequence).map(|(step, word, cue)| {
            let mut tokens = sequence.tokens.clone();
            tokens[2 * last] = word as u32 + 1;
            let target = Target::class(last, sense(word, cue), last - step);
            Sequence { tokens, targets: vec![target], ..Sequence::default() }
        });
        asked.collect()
    }

    fn words(&self, sequence: &Sequence) -> Vec<String> {
        let steps = sequence.tokens.chunks_exact(2).map(|step| match step {
            [BLANK, _] => ".".to_owned(),
            [word, BLANK] => format!("{}=?", WORDS[*word as usize - 1]),
            [word, cue] => format!("{}={}", WORDS[*word as usize - 1], CUES[*cue as usize - 1]),
            _ => unreachable!("two channels"),
        });
        steps.collect()
    }

    fn word_of(&self, answer: Answer) -> String {
        ["sense A", "sense B"][answer.class()].to_owned()
    }

    fn render(&self, sequence: &Sequence) -> String {
        let target = sequence.targets[0];
        format!("{} -> {} (lag {})", self.words(sequence).join(" "), self.word_of(target.answer), target.lag)
    }
}
