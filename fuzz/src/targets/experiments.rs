//! Experiment files and overrides.

use std::path::PathBuf;

use toml::Table;

use crate::draw::Draw;
use crate::target::{Ground, Input, Target, text};
use crate::{bytes, settings};

const SEEDS: [&str; 3] = [
    include_str!("../../seeds/accuracy.toml"),
    include_str!("../../seeds/reach.toml"),
    include_str!("../../seeds/throughput.toml"),
];

const PROFILES: [&str; 4] = ["quick", "quick", "smoke", "full"];

/// Files that are damaged as bytes, as settings, or not at all.
pub fn files(ground: &Ground) -> Box<dyn Target> {
    Box::new(Experiments { root: ground.workspace.clone(), edits: false })
}

/// Overrides of whole files.
pub fn overrides(ground: &Ground) -> Box<dyn Target> {
    Box::new(Experiments { root: ground.workspace.clone(), edits: true })
}

struct Experiments {
    root: PathBuf,
    edits: bool,
}

/// Paths that lead somewhere in one of the seeds.
const PATHS: [&str; 22] = [
    "n",
    "seeds",
    "model.width",
    "model.depth",
    "model.positions",
    "training.steps",
    "training.learning_rates",
    "training.validation",
    "tasks.0.lag",
    "tasks.0.n",
    "tasks.0.as",
    "tasks.recall-at-lag.k",
    "tasks.0.training.batch",
    "tasks.1.depth",
    "tasks.2.csv",
    "layers.0.depth",
    "layers.conv.options.kernel",
    "layers.0.options.dilations",
    "layers.both.blocks",
    "layers.0.label",
    "figures.0.id",
    "claims.0.at_lags",
];

impl Target for Experiments {
    fn make(&mut self, draw: &mut Draw) -> Input {
        let seed = *draw.pick(&SEEDS);
        let profile = draw.pick(&PROFILES).as_bytes().to_vec();
        if self.edits {
            let edits: Vec<String> = (0..1 + draw.below(2)).map(|_| edit(draw)).collect();
            return [seed.as_bytes().to_vec(), profile]
                .into_iter()
                .chain(edits.into_iter().map(String::into_bytes))
                .collect();
        }
        if draw.once_in(3) {
            let mut file = seed.as_bytes().to_vec();
            bytes::mutate(draw, &mut file, &SEEDS.map(|seed| seed.as_bytes().to_vec()));
            return vec![file, profile];
        }
        let mut table: Table = seed.parse().expect("a seed is TOML");
        settings::mutate(draw, &mut table);
        vec![table.to_string().into_bytes(), profile]
    }

    fn take(&mut self, input: &Input) -> Result<(), String> {
        let edits: Vec<String> = input[2..].iter().map(|edit| text(edit)).collect();
        lab::doors::experiment(&self.root, &text(&input[0]), &text(&input[1]), &edits).map(drop)
    }
}

fn edit(draw: &mut Draw) -> String {
    let path = match draw.below(8) {
        0 => draw.text(),
        1 => format!("{}.{}", draw.pick(&PATHS), draw.text()),
        2 => format!("{}.{}.{}", draw.text(), draw.number(), draw.text()),
        _ => (*draw.pick(&PATHS)).to_owned(),
    };
    let value = match draw.below(6) {
        0 => draw.text(),
        1 => settings::value(draw).to_string(),
        2 | 3 => (1 + draw.below(9)).to_string(),
        _ => draw.number().to_owned(),
    };
    let equals = if draw.once_in(30) { "" } else { "=" };
    format!("{path}{equals}{value}")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Experiments, PROFILES, SEEDS};
    use crate::target::Target as _;

    /// What grows from a file that is refused anyway is refused at the same place.
    #[test]
    fn every_seed_is_taken_as_it_stands() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned();
        let mut target = Experiments { root, edits: false };
        for seed in SEEDS {
            let profiles = if seed.contains("[profiles") { &PROFILES[..] } else { &PROFILES[..1] };
            for profile in profiles {
                let input = vec![seed.as_bytes().to_vec(), profile.as_bytes().to_vec()];
                assert_eq!(target.take(&input), Ok(()), "{profile}: {seed}");
            }
        }
    }
}
