//! How a sentence is drawn: its layout, its words, and where it stands among blanks.

use rand::Rng;
use rand::seq::{IndexedRandom, index};
use rand_chacha::ChaCha8Rng;

use super::grammar::{CLASSES, Kind, ORDERS, Order, split_of, tokens_of};
use super::{BLANK, Pronoun, TAGS};
use crate::{Sequence, Split, Target, rng};

/// Layouts: order × which mention is the referent × 0 to 2 fillers after the second noun × 4 or 6 steps between the nouns.
pub(super) const CELLS: usize = 2 * 2 * 3 * 2;

/// A noun and an adjective of a class that stand together in a split, as tokens.
fn pair(class: usize, split: Split, rng: &mut ChaCha8Rng) -> (u32, u32) {
    let all = (0..4).flat_map(|noun| (0..3).map(move |adjective| (noun, adjective)));
    let pairs: Vec<(usize, usize)> = all.filter(|(noun, adjective)| split_of(*noun, *adjective) == split).collect();
    let (noun, adjective) = *pairs.choose(rng).expect("every split has pairs");
    let token = |kind, place: usize| tokens_of(kind).start + place as u32;
    (token(Kind::Noun, 4 * class + noun), token(Kind::Adjective, 3 * class + adjective))
}

/// A layout: the order, which mention is the referent, fillers after the second noun, and steps between the nouns. As
/// many as there are lags, from the first one on, have every lag.
fn layout(cell: usize) -> (&'static Order, usize, usize, usize) {
    let (round, block, place) = (cell / 12, cell % 12 / 3, cell % 3);
    let order = &ORDERS[(cell + round) % 2];
    match block {
        0 => (order, 1, place, 4),
        1 => (order, 0, place, 4),
        2 => (order, 0, 2 - place, 6),
        _ => (order, 1, 2 - place, 6),
    }
}

/// Steps from "it" back to the noun that is meant and to the other one, in a layout.
pub(super) fn lags_of(cell: usize) -> [usize; 2] {
    let (_, referent, tail, between) = layout(cell);
    let nearest = 2 + tail;
    if referent == 1 { [nearest, nearest + between] } else { [nearest + between, nearest] }
}

/// Sequence number `index` of a split.
pub(super) fn sequence(task: &Pronoun, seed: u64, split: Split, index: u64) -> Sequence {
    let mut rng = rng(seed, split, index);
    let drawn = rng.random_range(0..CELLS);
    let cell = if split == Split::Train { drawn } else { (index % CELLS as u64) as usize };
    let (order, referent, tail, between) = layout(cell);
    let gap = between - order.between;

    let classes = index::sample(&mut rng, CLASSES.len(), 2);
    let pairs = [pair(classes.index(0), split, &mut rng), pair(classes.index(1), split, &mut rng)];
    let mut said = vec![rng.random_bool(0.5)];
    for (places, count) in [(3, gap), (2, tail)] {
        let chosen = index::sample(&mut rng, places, count).into_vec();
        said.extend((0..places).map(|place| chosen.contains(&place)));
    }
    said.push(rng.random_bool(0.5));

    let (mut said, mut nouns) = (said.into_iter(), pairs.iter());
    let (mut steps, mut mentions, mut it) = (Vec::new(), Vec::new(), 0);
    for kind in order.kinds {
        if kind.is_filler() && said.next() != Some(true) {
            continue;
        }
        match kind {
            Kind::Noun => {
                mentions.push(steps.len());
                steps.push([nouns.next().expect("two nouns").0, BLANK]);
            }
            Kind::Adjective => steps.push([pairs[referent].1, BLANK]),
            _ => {
                if kind == Kind::Pronoun {
                    it = steps.len();
                }
                steps.push([rng.random_range(tokens_of(kind)), BLANK]);
            }
        }
    }
    let start = rng.random_range(0..=task.n - steps.len());
    let tags = index::sample(&mut rng, TAGS, 2);
    for (step, tag) in mentions.iter().zip(tags.iter()) {
        steps[*step][1] = tag as u32 + 1;
    }
    let tokens = task.features(&steps, start);
    let target = Target::class(start + it, tags.index(referent), it - mentions[referent]);
    Sequence { tokens, targets: vec![target], ..Sequence::default() }
}
