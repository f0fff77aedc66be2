//! A part of a sweep: `k/n`, and which cells are its.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::plan::Planned;

/// More machines than anybody gives to one sweep, and than a sweep has cells that are worth one.
const MOST: u32 = 1 << 16;

/// The `k`-th of `n` parts, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Shard {
    k: u32,
    n: u32,
}

impl Shard {
    /// How many parts there are.
    pub fn of(self) -> u32 {
        self.n
    }

    /// The name of its folder: no letter of it comes from elsewhere.
    pub fn folder(self) -> String {
        format!("{}-of-{}", self.k, self.n)
    }

    /// Its cells, in the order of the plan.
    pub fn take(self, planned: &[Planned]) -> Vec<Planned> {
        let dealt = planned.iter().zip(deal(planned, self.n));
        dealt.filter(|(_, shard)| *shard == self).map(|(plan, _)| plan.clone()).collect()
    }
}

/// Which of `n` shards each cell belongs to. What is dealt is a training with all that looks at its model, since that
/// wants the weights at hand; the costliest first, one to each shard in turn. The cost is counted and not measured, so
/// that all machines deal alike.
pub fn deal(planned: &[Planned], n: u32) -> Vec<Shard> {
    let keys: Vec<String> = planned.iter().map(|plan| plan.cell.key()).collect();
    let own: HashSet<&String> = keys.iter().collect();
    // Units in the order of their first cell, which settles ties.
    let mut units: Vec<(u64, Vec<usize>)> = Vec::new();
    let mut unit_of: HashMap<String, usize> = HashMap::new();
    for (index, plan) in planned.iter().enumerate() {
        let trainer = plan.trainer.as_ref().map(|trainer| (trainer.cell.key(), trainer.work));
        let key = trainer.as_ref().map_or(&keys[index], |(key, _)| key);
        let unit = *unit_of.entry(key.clone()).or_insert_with(|| {
            // Trained on the way, and no cell of this sweep: it is work of the unit all the same.
            let abroad = trainer.as_ref().filter(|(key, _)| !own.contains(key)).map_or(0, |(_, work)| *work);
            units.push((abroad, Vec::new()));
            units.len() - 1
        });
        units[unit].0 = units[unit].0.saturating_add(plan.work);
        units[unit].1.push(index);
    }
    units.sort_by_key(|(work, _)| std::cmp::Reverse(*work));
    let mut dealt = vec![Shard { k: 1, n }; planned.len()];
    for (turn, (_, cells)) in units.iter().enumerate() {
        let k = (turn % n as usize) as u32 + 1;
        cells.iter().for_each(|index| dealt[*index] = Shard { k, n });
    }
    dealt
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.k, self.n)
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> Self {
        shard.to_string()
    }
}

impl TryFrom<String> for Shard {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let parts = text.split_once('/').filter(|(k, n)| digits(k) && digits(n));
        let (k, n) = parts.ok_or("write k/n: 1/4 is the first of four")?;
        let n = match n.parse::<u32>() {
            Ok(0) => return Err("there are no shards to choose from; write k/n: 1/4 is the first of four".to_owned()),
            Ok(n) if n <= MOST => n,
            _ => return Err(format!("{n} shards are too many; choose {MOST} or fewer")),
        };
        match k.parse::<u32>() {
            Ok(k) if (1..=n).contains(&k) => Ok(Self { k, n }),
            _ => Err(format!("there is no shard {k} of {n}; choose 1/{n} to {n}/{n}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::experiment::{self, Profile};
    use crate::plan;

    #[test]
    fn what_is_no_shard_is_refused_with_the_way_out() {
        for (text, says) in [
            ("4", "write k/n"),
            ("", "write k/n"),
            ("/4", "write k/n"),
            ("x/4", "write k/n"),
            ("+1/4", "write k/n"),
            ("-1/4", "write k/n"),
            ("1/4/4", "write k/n"),
            (" 1/4", "write k/n"),
            ("0/4", "there is no shard 0 of 4; choose 1/4 to 4/4"),
            ("5/4", "there is no shard 5 of 4"),
            ("1/0", "no shards to choose from"),
            ("1/65537", "choose 65536 or fewer"),
            ("1/99999999999999999999999", "are too many"),
            ("99999999999999999999999/4", "choose 1/4 to 4/4"),
        ] {
            let error = text.parse::<Shard>().expect_err(text);
            assert!(error.contains(says), "{text}: {error}");
        }
        for text in ["1/1", "4/4", "65536/65536"] {
            assert_eq!(text.parse::<Shard>().unwrap().to_string(), text);
        }
        assert_eq!("003/8".parse::<Shard>().unwrap().folder(), "3-of-8");
    }

    /// Trainings alone, with probes of their own, with probes of another experiment's models, and timings.
    #[test]
    fn shards_are_the_sweep_disjoint_and_keep_models_together() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for name in ["long-range", "wiring", "reach", "throughput"] {
            let (_, path) = experiment::find(&root, name).unwrap();
            let experiment = experiment::load(&root, &path, Profile::Smoke, &[]).unwrap();
            let planned = plan::plan_for(&root, &experiment, Profile::Smoke, 2).unwrap();
            let keys = |planned: &[Planned]| planned.iter().map(|p| p.cell.key()).collect::<Vec<_>>();
            for n in 1..=30 {
                let shards: Vec<Vec<Planned>> = (1..=n).map(|k| Shard { k, n }.take(&planned)).collect();
                let mut dealt: Vec<String> = shards.iter().flat_map(|shard| keys(shard)).collect();
                let mut all = keys(&planned);
                dealt.sort();
                all.sort();
                assert_eq!(dealt, all, "{name}, {n} shards");
                let models = |shard: &Vec<Planned>| {
                    let trainer = |plan: &Planned| plan.trainer.as_ref().map_or(plan.cell.key(), |t| t.cell.key());
                    shard.iter().map(trainer).collect::<HashSet<_>>()
                };
                let apart: Vec<HashSet<String>> = shards.iter().map(models).collect();
                let together = apart.iter().flatten().collect::<HashSet<_>>().len();
                assert_eq!(
                    apart.iter().map(HashSet::len).sum::<usize>(),
                    together,
                    "{name}: no model is in two shards"
                );
                let units = apart.iter().map(HashSet::len);
                assert!(units.clone().max().unwrap() - units.min().unwrap() <= 1, "{name}: each has its turn");
            }
        }
    }
}
