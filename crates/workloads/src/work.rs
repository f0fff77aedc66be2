//! A work by its name, and one that is ready to be run.

use std::time::Duration;

use rayon::ThreadPool;

use crate::timed::time_runs;
use crate::{ceiling, layers, long, training_step};

/// What one run of a work amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// Floating-point operations; a multiply-add counts as two.
    Flops(u64),
    /// Bytes read and written.
    Bytes(u64),
}

/// Something to time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// Its name, such as `layer/conv3/8x512x64`.
    pub name: String,
    /// Runs before it is timed.
    pub warm_up: usize,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Step,
    Layer(layers::Case),
    Long(long::Case),
    Peak,
    Copy,
}

/// A work with its inputs and parameters, and the threads it runs on.
pub struct Prepared<'p> {
    pool: &'p ThreadPool,
    warm_up: usize,
    run: Box<dyn FnMut() + Send>,
}

/// A name that no work has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no work `{name}`{}; the nearest is `{nearest}`, and `workloads list` shows all", because(.reason))]
pub struct UnknownWork {
    /// The name asked for.
    pub name: String,
    /// Why a layer cannot be built at the size that the name says.
    pub reason: Option<String>,
    /// The known name that is most like it.
    pub nearest: String,
}

fn because(reason: &Option<String>) -> String {
    reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default()
}

/// Every work that is listed; layers can be had at other sizes too, from [`find`].
pub fn all() -> Vec<Work> {
    let work = |name: String, warm_up, kind| Work { name, warm_up, kind };
    let mut all = vec![work("step".into(), 3, Kind::Step)];
    all.extend(layers::cases().map(|case| work(case.name(), case.warm_up(), Kind::Layer(case))));
    all.extend(long::CASES.iter().map(|case| work(case.name(), case.warm_up(), Kind::Long(*case))));
    all.push(work("peak".into(), 1, Kind::Peak));
    all.push(work("copy".into(), 1, Kind::Copy));
    all
}

/// The work of that name: one of [`all`], or a layer at any size, as [`layers::named`] reads it.
///
/// # Errors
/// When there is none, or the layer cannot be built at that size; names the nearest of the list.
pub fn find(name: &str) -> Result<Work, UnknownWork> {
    let all = all();
    if let Some(work) = all.iter().find(|work| work.name == name) {
        return Ok(work.clone());
    }
    let reason = match layers::named(name).map(|case| (case, case.subject().build())) {
        Some((case, Ok(_))) => {
            return Ok(Work { name: case.name(), warm_up: case.warm_up(), kind: Kind::Layer(case) });
        }
        Some((_, Err(reason))) => Some(reason),
        None => None,
    };
    let nearest = all.into_iter().min_by_key(|work| strsim::damerau_levenshtein(name, &work.name));
    Err(UnknownWork { name: name.to_owned(), reason, nearest: nearest.expect("there are works").name })
}

impl Work {
    /// What one run amounts to on that many threads. Layers and models say it of themselves.
    pub fn amount(&self, threads: usize) -> Amount {
        match self.kind {
            Kind::Step => Amount::Flops(training_step::flops()),
            Kind::Layer(case) => case.amount(),
            Kind::Long(case) => Amount::Flops(case.flops()),
            Kind::Peak => Amount::Flops(ceiling::FLOPS_OF_A_THREAD * threads as u64),
            Kind::Copy => Amount::Bytes(ceiling::BYTES_OF_A_THREAD * threads as u64),
        }
    }

    /// Makes inputs and parameters. Runs nothing yet: [`Prepared::warm_up`] does.
    pub fn prepare<'p>(&self, pool: &'p ThreadPool) -> Prepared<'p> {
        let run = match self.kind {
            Kind::Step => training_step::run(),
            Kind::Layer(case) => case.run(),
            Kind::Long(case) => case.run(),
            Kind::Peak => ceiling::peak(ceiling::FLOPS_OF_A_THREAD),
            Kind::Copy => ceiling::copy(pool.current_num_threads()),
        };
        Prepared { pool, warm_up: self.warm_up, run }
    }
}

impl Prepared<'_> {
    /// Runs it as often as the work wants before it is timed.
    pub fn warm_up(&mut self) {
        self.time(self.warm_up as u64);
    }

    /// Runs it that many times; the wall time of all of them. The pool is entered once, outside of the time.
    pub fn time(&mut self, runs: u64) -> Duration {
        time_runs(self.pool, runs, &mut self.run)
    }
}
