//! Traces sorted by what they are of: sequences, their blocks, the heads of a block.

use std::collections::BTreeMap;

use crate::traces::{Part, Row};

/// What was done with one sequence by one model.
pub(crate) struct Sequence<'a> {
    pub(crate) task: &'a str,
    pub(crate) label: &'a str,
    pub(crate) split: &'a str,
    pub(crate) seed: u64,
    pub(crate) sequence: u64,
    /// In the order of the file.
    pub(crate) answers: Vec<&'a Row>,
    pub(crate) blocks: Vec<Block<'a>>,
    pub(crate) positions: Vec<&'a Row>,
}

/// One attention of the model.
pub(crate) struct Block<'a> {
    pub(crate) name: &'a str,
    /// Words of the queries, by step.
    pub(crate) words: Vec<&'a str>,
    /// Words of the keys, by step; those of the queries in self-attention.
    pub(crate) keys: Vec<&'a str>,
    pub(crate) heads: Vec<Head<'a>>,
}

/// Vectors and weights by step; empty where a step has no row.
pub(crate) struct Head<'a> {
    pub(crate) index: u64,
    pub(crate) scale: Option<f64>,
    pub(crate) causal: bool,
    pub(crate) queries: Vec<&'a [f64]>,
    pub(crate) keys: Vec<&'a [f64]>,
    pub(crate) values: Vec<&'a [f64]>,
    pub(crate) weights: Vec<&'a [f64]>,
}

/// The sequences of all rows, in order of appearance.
pub(crate) fn sequences(rows: &[Row]) -> Vec<Sequence<'_>> {
    let mut places = BTreeMap::new();
    let mut groups: Vec<Vec<&Row>> = Vec::new();
    for row in rows {
        let key = (&row.experiment, &row.task, &row.label, &row.split, row.seed, row.sequence);
        let place = *places.entry(key).or_insert(groups.len());
        if place == groups.len() {
            groups.push(Vec::new());
        }
        groups[place].push(row);
    }
    groups.iter().map(|rows| sequence(rows)).collect()
}

impl<'a> Sequence<'a> {
    /// The words that an answer is read out of: those of the last block, which the read-out follows.
    pub(crate) fn words(&self) -> &[&'a str] {
        self.blocks.last().map_or(&[], |block| &block.words)
    }

    /// Whether the answers' steps are steps of this block's queries.
    pub(crate) fn is_read_out(&self, block: &Block) -> bool {
        self.words() == block.words
    }

    /// The step of the first answer; the last step where nothing is asked.
    pub(crate) fn read_out(&self) -> usize {
        let last = self.words().len().saturating_sub(1);
        self.answers.iter().find_map(|row| row.step).map_or(last, |step| (step as usize).min(last))
    }

    /// Steps whose word is not the filler `.`, read-outs included; all of them where there are no more than `most`.
    pub(crate) fn shown(&self, words: &[&str], most: usize) -> Vec<usize> {
        let asked =
            |step: usize| words == self.words() && self.answers.iter().any(|answer| answer.step == Some(step as u64));
        let all = words.len() <= most;
        (0..words.len()).filter(|step| all || words[*step] != "." || asked(*step)).collect()
    }
}

fn sequence<'a>(rows: &[&'a Row]) -> Sequence<'a> {
    let first = rows[0];
    let of = |part: Part| rows.iter().copied().filter(move |row| row.part == part);
    let mut heads: Vec<(&str, Vec<u64>)> = Vec::new();
    for row in rows.iter().filter(|row| !row.block.is_empty()) {
        let Some(head) = row.head else { continue };
        if heads.iter().all(|(name, _)| *name != row.block) {
            heads.push((&row.block, Vec::new()));
        }
        let of_block = &mut heads.iter_mut().find(|(name, _)| *name == row.block).expect("just put there").1;
        if !of_block.contains(&head) {
            of_block.push(head);
        }
    }
    let block = |(name, heads): (&'a str, Vec<u64>)| {
        let here: Vec<_> = rows.iter().copied().filter(|row| row.block == name || row.block.is_empty()).collect();
        let words = words(&here, Part::Words).unwrap_or_default();
        let keys = self::words(&here, Part::KeyWords).unwrap_or_else(|| words.clone());
        let longest = words.len().max(keys.len());
        let heads = heads.into_iter().map(|index| head(&here, index, longest)).collect();
        Block { name, words, keys, heads }
    };
    Sequence {
        task: &first.task,
        label: &first.label,
        split: &first.split,
        seed: first.seed,
        sequence: first.sequence,
        answers: of(Part::Answer).collect(),
        blocks: heads.into_iter().map(block).collect(),
        positions: of(Part::Position).collect(),
    }
}

/// Words of a block: its own before those of all blocks.
fn words<'a>(rows: &[&'a Row], part: Part) -> Option<Vec<&'a str>> {
    let of_part = || rows.iter().copied().filter(|row| row.part == part);
    let row = of_part().find(|row| !row.block.is_empty()).or_else(|| of_part().next())?;
    Some(row.text.split(' ').collect())
}

/// `rows` are those of the block; one without a head is of all heads. There are `longest` words, of source or target: a step
/// behind them is none, however large its number.
fn head<'a>(rows: &[&'a Row], index: u64, longest: usize) -> Head<'a> {
    let here = |part: Part| {
        rows.iter().copied().filter(move |row| row.part == part && row.head.is_none_or(|head| head == index))
    };
    let by_step = |part: Part| {
        let mut steps: Vec<&[f64]> = Vec::new();
        let rows = here(part).filter_map(|row| Some((usize::try_from(row.step?).ok()?, &row.values[..])));
        for (step, values) in rows.filter(|(step, _)| *step < longest) {
            steps.resize(steps.len().max(step + 1), &[]);
            steps[step] = values;
        }
        steps
    };
    let scale = here(Part::Scale).next();
    Head {
        index,
        scale: scale.and_then(|row| row.values.first().copied()),
        causal: scale.is_some_and(|row| row.text == "causal"),
        queries: by_step(Part::Query),
        keys: by_step(Part::Key),
        values: by_step(Part::Value),
        weights: by_step(Part::Weight),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace_fixture as fixture;

    #[test]
    fn rows_find_their_sequence_block_and_head_in_any_order() {
        let rows = fixture::rows();
        let sorted = sequences(&rows);
        let first = &sorted[0];
        assert_eq!((first.label, first.split, first.blocks.len()), ("two blocks", "untrained", 2));
        assert_eq!(first.blocks[1].heads.iter().map(|head| head.index).collect::<Vec<_>>(), [0, 1, 2, 3]);
        let head = &first.blocks[1].heads[3];
        assert!(head.causal && head.scale.is_some());
        assert_eq!(head.weights.len(), first.words().len());
        let sum: f64 = head.weights[first.read_out()].iter().sum();
        assert!((sum - 1.0).abs() < 1e-9, "{sum}");
        let crossed = sorted.iter().find(|one| one.label == "encoder and decoder").unwrap();
        let cross = crossed.blocks.iter().find(|block| block.name == "decoder.0.cross").unwrap();
        assert_eq!(cross.keys, crossed.blocks[0].words);
        assert!(crossed.is_read_out(cross) && !crossed.is_read_out(&crossed.blocks[0]));
        let mut reversed = rows.clone();
        reversed.reverse();
        let back = sequences(&reversed);
        assert_eq!(back.len(), sorted.len());
        let same = back.iter().find(|one| (one.label, one.split, one.sequence) == ("two blocks", "untrained", 0));
        assert_eq!(same.unwrap().blocks.iter().find(|b| b.name == first.blocks[1].name).unwrap().heads.len(), 4);
    }

    /// Fillers are left out of long sequences alone, and a read-out never is.
    /// Room for steps up to that one would be asked for.
    #[test]
    fn a_step_behind_all_words_is_none() {
        let mut rows = fixture::rows();
        for step in [u64::MAX, 1 << 62, 1 << 20] {
            let row = Row { step: Some(step), ..rows.iter().find(|row| row.part == Part::Weight).unwrap().clone() };
            rows.push(row);
        }
        let longest = |rows: &[Row]| sequences(rows)[0].blocks[0].heads[0].weights.len();
        assert_eq!(longest(&rows), longest(&fixture::rows()));
    }

    #[test]
    fn fillers_are_folded_in_long_sequences() {
        let rows = fixture::rows();
        let sorted = sequences(&rows);
        let long = sorted.iter().find(|one| one.words().len() > 24).unwrap();
        let shown = long.shown(long.words(), 24);
        assert!(shown.len() < 24 && shown.contains(&long.read_out()));
        assert_eq!(long.words()[long.read_out()], ".");
        let short = &sorted[0];
        assert_eq!(short.shown(short.words(), 24).len(), short.words().len());
    }
}
