//! The CSV files of results.

use std::path::Path;

use report::claims::Claim;
use report::published::Published;
use report::table::{self, Table};
use report::{Data, compare, maps, points, scores, series, timings, traces};

use crate::bytes;
use crate::corpus::Csv;
use crate::draw::Draw;
use crate::target::{Ground, Input, Target, text};

/// A kind of file, and committed ones.
const FILES: [(&str, &str); 11] = [
    ("scores", "results/adding/scores.csv"),
    ("scores", "results/long-range/scores.csv"),
    ("scores", "results/reach/scores.csv"),
    ("scores", "results/throughput/scores.csv"),
    ("timings", "results/throughput/timings.csv"),
    ("peers", "results/throughput/peers.csv"),
    ("maps", "results/heads/maps.csv"),
    ("points", "results/levels/points.csv"),
    ("points", "results/polysemy/points.csv"),
    ("traces", "results/transformer/traces.csv"),
    ("traces", "results/polysemy/traces.csv"),
];

struct Results {
    files: Vec<(&'static str, Csv)>,
}

/// One file at a time.
pub fn build(ground: &Ground) -> Box<dyn Target> {
    Box::new(Results { files: FILES.map(|(kind, path)| (kind, Csv::of(ground, path))).into_iter().collect() })
}

impl Target for Results {
    fn make(&mut self, draw: &mut Draw) -> Input {
        let (kind, csv) = draw.pick(&self.files);
        let as_bytes = draw.once_in(3);
        let mut file = csv.window(draw, ("", 24), !as_bytes).into_bytes();
        if as_bytes {
            bytes::mutate(draw, &mut file, &[]);
        }
        vec![kind.as_bytes().to_vec(), file]
    }

    fn take(&mut self, input: &Input) -> Result<(), String> {
        let file = text(&input[1]);
        if input[0] == b"peers" {
            let peers = timings::from_peers(&file).map_err(|error| error.to_string());
            return table::peers(&file).map_err(|error| error.to_string()).and(peers).map(drop);
        }
        tables(&read(&text(&input[0]), &file)?);
        Ok(())
    }
}

/// One kind of file as data.
pub fn read(kind: &str, file: &str) -> Result<Data, String> {
    let (path, mut data) = (Path::new("fuzzed.csv"), Data::default());
    match kind {
        "scores" => data.scores = scores::parse(file, path).map_err(|error| error.to_string())?,
        "timings" => data.timings = timings::parse(file, path).map_err(|error| error.to_string())?,
        "maps" => data.maps = maps::parse(file, path).map_err(|error| error.to_string())?,
        "points" => data.points = points::parse(file, path).map_err(|error| error.to_string())?,
        _ => data.traces = traces::parse(file, path).map_err(|error| error.to_string())?,
    }
    Ok(data)
}

/// All tables and verdicts that are made of results, what is not there left out; and what is read is written as it stood.
pub fn tables(data: &Data) -> Vec<Table> {
    let again = scores::parse(&scores::write(&data.scores), Path::new("again.csv"));
    assert_eq!(again.ok().as_ref(), Some(&data.scores), "what is written reads back");
    let mut made = vec![table::reach(&data.scores), table::exact(&data.scores)];
    for task in series::tasks(&data.scores) {
        made.push(table::numbers(&data.scores, &task));
        made.extend(table::verdict(&data.scores, &task).ok());
    }
    made.extend(table::throughput(&data.timings, 64, timings::most_threads(&data.timings)).ok());
    made.extend(table::scaling(&data.timings, &data.scores).ok());
    made.extend(table::crossover(&data.timings).ok());
    made.push(report::published::table(&[published(data)], &[("quick", data.scores.clone())]));
    let derived = timings::derived(&data.timings).len();
    let lines = compare::scores(&data.scores, &data.scores).len() + compare::maps(&data.maps, &data.maps).len();
    let judged = claims(data).iter().map(|claim| claim.judge(&data.scores)).filter(|verdict| verdict.holds).count();
    assert!(derived + lines + judged < 1 << 20);
    made
}

/// Claims about the first series that there is.
pub fn claims(data: &Data) -> Vec<Claim> {
    let Some(row) = data.scores.first() else { return Vec::new() };
    let claim = |threshold: &str, lags: &str| -> Claim {
        let head = "id = \"c\"\ntext = \"t\"\ntask = \"\"\nlayers = []\n";
        let claim: Claim = toml::from_str(&format!("{head}{threshold}\nlags = \"{lags}\"")).expect("a claim");
        let (task, layers, metric, split) =
            (row.task.clone(), vec![row.label.clone()], row.metric.clone(), row.split.clone());
        Claim { task, layers, metric, split, ..claim }
    };
    let thresholds = ["at_least = 0.5", "equals = 1.0", "within_of_floor = 0.1", "within_of_expected = 0.1"];
    let kinds = ["all", "inside-reach", "beyond-reach"];
    thresholds.iter().flat_map(|threshold| kinds.map(|lags| claim(threshold, lags))).collect()
}

fn published(data: &Data) -> Published {
    let head = "what = \"w\"\ntask = \"t\"\nvalues = [0.5]\nband = [0.4, 0.6]\nsource = \"s\"\nchecked = \"read\"";
    let published: Published = toml::from_str(head).expect("a number");
    match data.scores.first() {
        Some(row) => Published {
            task: row.task.clone(),
            layer: Some(row.label.clone()),
            metric: row.metric.clone(),
            split: row.split.clone(),
            ..published
        },
        None => published,
    }
}
