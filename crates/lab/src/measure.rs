//! The three things that an experiment can measure.

pub mod probe;
pub mod timing;
pub mod training;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{LabError, suggestion};

/// What an experiment measures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// Trains models on tasks, and scores them by lag.
    #[default]
    Accuracy,
    /// Which steps a layer sees, how much of each, and whether that depends on the input.
    Reach,
    /// How long a pass takes, and how much memory.
    Throughput,
}

impl Measure {
    /// For settings that leave the default out.
    pub fn is_accuracy(&self) -> bool {
        *self == Self::Accuracy
    }

    /// Names of all tasks, probes and works that there are for it. Where models are trained they can be looked at, too.
    pub fn tasks(self) -> Vec<&'static str> {
        match self {
            Self::Accuracy => tasks::TASKS.iter().map(|t| t.name).chain(probe::names()).collect(),
            Self::Reach => probe::names().collect(),
            Self::Throughput => timing::WORKS.iter().map(|w| w.name).collect(),
        }
    }

    /// Kinds of figure that draw it.
    pub fn kinds(self) -> &'static [&'static str] {
        match self {
            Self::Throughput => &["tokens-by-n", "time-by-n", "roofline"],
            Self::Accuracy | Self::Reach => &[
                "accuracy-by-lag",
                "scores-by-label",
                "scores-by-size",
                "curves",
                "scatter",
                "attention-map",
                "attention-rows",
                "position-map",
                "gradient-map",
                "mixing-pair",
                "tag-map",
                "profile-by-lag",
                "radius-by-depth",
                "reach-wiring-plane",
            ],
        }
    }

    /// Numbers that claims can be about.
    pub fn metrics(self) -> &'static [&'static str] {
        match self {
            Self::Accuracy | Self::Reach => &[
                "accuracy",
                "micro_accuracy",
                "loss",
                "exact",
                "solved",
                "steps_to_solve",
                "learning_rate",
                "steps",
                "lags_declared",
                "lags_by_gradient",
                "lags_by_perturbation",
                "lags_found_of_asked",
                "span",
                "pairs_wrong_by_gradient",
                "pairs_wrong_by_perturbation",
                "pairs_outside_by_perturbation",
                "deviation",
                "deviation_over_law",
                "exponent",
                "width_mass",
                "width_peak",
                "theoretical",
                "wiring",
                "question_wiring",
                "share_elsewhere",
                "jacobian_variation",
                "lags",
                "entropy",
                "largest_weight",
                "query_gradient",
                "rows_apart",
                "readout_apart",
                "target_weight",
                "target_first",
                "picked_block",
                "picked_head",
                "context_share",
                "context_share_in_plane",
                "tags_per_head",
                "weight_on_asked",
                "weight_of_best_head",
                "weight_of_any_head",
                "error_inside",
                "error_outside",
                "exact_greedy",
                "exact_beam",
                "weight",
                "logit_gap",
                "sequences",
            ],
            Self::Throughput => &[
                "path",
                "path_dilated",
                "exponent_time",
                "exponent_flops",
                "share_of_ceiling",
                "crossover_predicted",
                "crossover_measured",
            ],
        }
    }

    /// Refuses a name that is none of them.
    ///
    /// # Errors
    /// Names the nearest.
    pub fn knows(self, what: &str, name: &str) -> Result<(), LabError> {
        let all = self.tasks();
        if all.contains(&name) {
            return Ok(());
        }
        Err(LabError::usage(format!("{what}: there is no task `{name}`"), suggestion(name, all)))
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accuracy => "accuracy",
            Self::Reach => "reach",
            Self::Throughput => "throughput",
        })
    }
}

/// A probe or a work, for people.
pub struct Definition {
    /// Name in `tasks`.
    pub name: &'static str,
    /// What it measures.
    pub summary: &'static str,
    /// Its settings: name, values (default), meaning.
    pub settings: &'static [(&'static str, &'static str, &'static str)],
}
