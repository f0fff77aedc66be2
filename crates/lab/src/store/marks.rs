//! What stands beside the finished cells for `lab status`: which cells are being run, and which failed and are not kept.
//! Nothing depends on these files: where one cannot be written the run goes on.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use serde::{Deserialize, Serialize};

use super::{Store, write_atomically};
use crate::plan::{Cell, Job, Planned};

const RUNNING: &str = ".running-";
/// As often as this a mark is written anew while its cell runs.
const EVERY: Duration = Duration::from_secs(2);
/// Where no lock tells, a mark of which nothing was heard for so long is one of a run that is gone.
const SILENT: Duration = Duration::from_secs(15 * 60);

/// A cell that is being run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Running {
    /// Name of the cell's file.
    pub key: String,
    /// Name of the machine.
    pub host: String,
    /// Number of the process there.
    pub process: u32,
    /// When it was begun, in seconds since 1970.
    pub began: u64,
    /// When it was last heard of, in seconds since 1970.
    pub seen: u64,
    /// How much of it is done if nothing is solved early, from 0 to 1; of what has no steps it stays 0.
    pub share: f64,
}

/// The mark of a worker; it is taken away when dropped.
pub struct Mark {
    path: PathBuf,
    running: Running,
    written: Instant,
    /// Steps of the rates that were tried before.
    before: usize,
    step: usize,
    of: usize,
}

impl Mark {
    /// A worker begins a cell.
    pub fn begin(store: &Store, worker: usize, planned: &Planned) -> Self {
        let of = match &planned.cell.job {
            Job::Train(training) => training.steps * training.learning_rates.len(),
            Job::Probe { .. } | Job::Time => 0,
        };
        let key = store.key(&planned.cell);
        let began = now();
        let running = Running { key, host: host(), process: std::process::id(), began, seen: began, share: 0.0 };
        let path = store.folder.join(format!("{RUNNING}{worker}"));
        let mark = Self { path, running, written: Instant::now(), before: 0, step: 0, of };
        mark.write();
        mark
    }

    /// It lives, and did this training step, if any; not every step is told.
    pub fn step(&mut self, step: Option<usize>) {
        if let Some(step) = step {
            // Steps count from 1 with each learning rate.
            self.before += if step <= self.step { self.step } else { 0 };
            self.step = step;
        }
        if self.written.elapsed() >= EVERY {
            self.running.share = ((self.before + self.step) as f64 / self.of.max(1) as f64).min(1.0);
            self.running.seen = now();
            self.written = Instant::now();
            self.write();
        }
    }

    fn write(&self) {
        // Where the disk is full the cell itself will tell.
        let _ = write_atomically(&self.path, serde_json::to_string(&self.running).expect("plain data").as_bytes());
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

impl Store {
    /// The cells that are being run, as far as can be known: marks whose run is gone are left out.
    pub fn running(&self) -> Vec<Running> {
        let marks: Vec<Running> = marks(&self.folder).iter().filter_map(|path| read(path)).collect();
        if marks.is_empty() {
            return marks;
        }
        let held = self.is_held();
        let host = host();
        // Locks of some network file systems are seen by one machine alone.
        let lives = |mark: &Running| match held {
            Some(true) => true,
            Some(false) => mark.host != host && is_heard(mark),
            None => is_heard(mark),
        };
        marks.into_iter().filter(lives).collect()
    }

    /// Keeps why a cell failed that is tried again by the next run.
    pub fn note_failure(&self, cell: &Cell, why: &str) {
        let _ = write_atomically(&self.failure_path(cell), why.as_bytes());
    }

    /// Why a cell failed when it was last run, if it did and is not finished since.
    pub fn failure(&self, cell: &Cell) -> Option<String> {
        fs::read(self.failure_path(cell)).ok().map(|why| String::from_utf8_lossy(&why).into_owned())
    }

    pub(super) fn forget_failure(&self, cell: &Cell) {
        let _ = fs::remove_file(self.failure_path(cell));
    }

    fn failure_path(&self, cell: &Cell) -> PathBuf {
        self.folder.join(format!(".failed-{}", self.key(cell)))
    }
}

/// Takes away the marks of a run that was killed. Only who holds the lock may do so.
pub(super) fn remove_stale(folder: &Path) {
    marks(folder).iter().for_each(|path| drop(fs::remove_file(path)));
}

fn marks(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_mark = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().starts_with(RUNNING);
    let mut marks: Vec<PathBuf> = entries.filter(is_mark).map(|entry| entry.path()).collect();
    marks.sort();
    marks
}

fn read(path: &Path) -> Option<Running> {
    let mark: Running = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    (0.0..=1.0).contains(&mark.share).then_some(mark)
}

fn is_heard(mark: &Running) -> bool {
    now().saturating_sub(mark.seen) < SILENT.as_secs()
}

fn host() -> String {
    sysinfo::System::host_name().unwrap_or_default()
}

fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{self, Profile};
    use crate::finished::Finished;
    use crate::plan;
    use crate::progress::{Progress, Verbosity};
    use crate::schedule::{self, Watch};

    /// A mark stands while its cell is run, and why a cell panicked stands until it is finished.
    #[test]
    fn marks_stand_while_cells_run_and_panics_are_kept_until_they_do_not() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let (_, path) = experiment::find(&root, "long-range").unwrap();
        let experiment = experiment::load(&root, &path, Profile::Smoke, &[]).unwrap();
        let planned = plan::plan(&root, &experiment, Profile::Smoke).unwrap();
        let planned = &planned[..3];
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let sweep = |panics: bool| {
            let run = |cell: &Cell, _: &mut Watch<'_>| {
                let running = store.running();
                assert!(running.iter().any(|mark| mark.key == cell.key()), "it is marked");
                assert!(!panics || *cell != planned[1].cell, "the second panics");
                Some((Finished::failed("a row with an error".to_owned()), None))
            };
            let progress = Progress::new(2, Verbosity::Quiet, false);
            schedule::sweep(planned, &store, 2, false, &progress, &run).unwrap()
        };
        sweep(true);
        let kept: Vec<_> = planned.iter().map(|plan| store.failure(&plan.cell)).collect();
        assert_eq!(kept, [None, Some("panicked: the second panics".to_owned()), None]);
        assert_eq!(sweep(false).kept, 2);
        assert!(planned.iter().all(|plan| store.failure(&plan.cell).is_none()));
        assert!(marks(&store.folder).is_empty());
    }

    /// A lock that is free says nothing of another machine: what was heard from there lately may still live.
    #[test]
    fn marks_of_the_gone_are_told_by_the_lock_or_by_silence() {
        let folder = tempfile::tempdir().unwrap();
        let cells = folder.path().join("cells");
        let mark = |host: &str, silent: u64| {
            let seen = now() - silent;
            let mark = Running { key: "k".into(), host: host.into(), process: 1, began: seen, seen, share: 0.5 };
            write_atomically(&cells.join(".running-0"), serde_json::to_string(&mark).unwrap().as_bytes()).unwrap();
            Store::look(folder.path()).running().len()
        };
        assert_eq!([mark("elsewhere", 60), mark("elsewhere", 3600), mark(&host(), 0)], [1, 0, 0]);
        let held = Store::open(folder.path()).unwrap();
        assert!(held.running().is_empty(), "who takes the lock takes old marks away");
        assert_eq!([mark("elsewhere", 3600), mark(&host(), 3600)], [1, 1]);
        fs::write(cells.join(".running-0"), "{").unwrap();
        assert!(held.running().is_empty(), "what is no mark is none");
    }
}
