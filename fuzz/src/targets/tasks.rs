//! Settings of tasks, and the CSV of the task `file`.

use std::path::PathBuf;

use tasks::{Split, TASKS, Task};
use toml::{Table, Value};

use super::layers::value;
use crate::draw::Draw;
use crate::target::{Ground, Input, Target, text};
use crate::{bytes, settings};

/// Numbers of a sequence that is drawn; of longer ones only what they declare is asked.
const DRAWN: usize = 1 << 14;

/// All that planning asks of a task, and one sequence of each split if these are short.
pub fn look_at(task: &dyn Task) {
    let said = [task.lags().len(), task.trained_lags().len(), task.vocabularies().len(), task.classes(), task.slots()];
    assert!(said[0] > 0 && task.time() > 0, "{}: a task has steps, and scores at least one lag", task.name());
    if task.time().saturating_mul(task.values() + task.vocabularies().len()) > DRAWN {
        return;
    }
    for split in [Split::Train, Split::Validation, Split::Test] {
        let sequence = task.sequence(1, split, u64::MAX >> 2);
        let words = task.words(&sequence).len() + task.render(&sequence).len() + task.notes().len();
        assert!(words > 0 && sequence.targets.iter().all(|target| target.step < task.time()));
    }
    assert!(task.floors(0).iter().all(|floor| (0.0..=1.0).contains(&floor.accuracy)), "a floor is an accuracy");
}

struct Settings(PathBuf);

/// A task of the table with settings of any value.
pub fn settings(ground: &Ground) -> Box<dyn Target> {
    Box::new(Settings(ground.workspace.clone()))
}

impl Target for Settings {
    fn make(&mut self, draw: &mut Draw) -> Input {
        let task = draw.pick(TASKS);
        let mut table: Table = task.example.parse().expect("an example is TOML");
        for setting in task.settings {
            if draw.once_in(4) {
                table.insert(setting.name.to_owned(), value(draw, setting.values));
            }
        }
        if draw.once_in(4) {
            settings::mutate(draw, &mut table);
        }
        vec![task.name.as_bytes().to_vec(), table.to_string().into_bytes()]
    }

    fn take(&mut self, input: &Input) -> Result<(), String> {
        let table: Table = text(&input[1]).parse().map_err(|error| format!("{error}"))?;
        let settings = tasks::resolve(&text(&input[0]), &table, &self.0).map_err(|error| error.to_string())?;
        let task = tasks::build(&text(&input[0]), &settings, &self.0).map_err(|error| error.to_string())?;
        look_at(task.as_ref());
        Ok(())
    }
}

struct Csv {
    seeds: Vec<Vec<u8>>,
}

/// CSV as it stands in the setting `csv`.
pub fn csv(ground: &Ground) -> Box<dyn Target> {
    let digits = ground.committed("experiments/data/digits.csv");
    let head = digits.split_inclusive(|byte| *byte == b'\n').take(12).flatten().copied().collect();
    let small = b"label,split,t0,t1\nup,train,0,1\ndown,train,1,0\nup,validation,0,2\ndown,test,3,0\n".to_vec();
    let quoted = b"label,t0,t1\n\"a,b\",0,1\n\"c\"\"d\",1e3,-0\n7,0.5,2\n07,1,1\na,1,1\nb,2,2\n".to_vec();
    Box::new(Csv { seeds: vec![small, quoted, head] })
}

impl Target for Csv {
    fn make(&mut self, draw: &mut Draw) -> Input {
        let mut file = draw.pick(&self.seeds).clone();
        bytes::mutate(draw, &mut file, &self.seeds);
        let mut more = Table::new();
        let keys =
            ["features", "side", "patch", "tokens", "standardise", "validation_share", "test_share", "data_seed"];
        for key in keys {
            if draw.once_in(8) {
                more.insert(key.to_owned(), settings::value(draw));
            }
        }
        vec![file, more.to_string().into_bytes()]
    }

    fn take(&mut self, input: &Input) -> Result<(), String> {
        let mut table: Table = text(&input[1]).parse().map_err(|error| format!("{error}"))?;
        table.insert("csv".to_owned(), Value::String(text(&input[0])));
        let task = tasks::build("file", &table, &PathBuf::new()).map_err(|error| error.to_string())?;
        look_at(task.as_ref());
        Ok(())
    }
}
