//! Timings of other libraries, from the CSV that `scripts/peers/compare` writes.

use std::path::Path;

use super::cut::{LAB, of_lab};
use super::{Row, strict};
use crate::strict::{ReadError, Record};

/// The header that `compare` writes.
const COLUMNS: [&str; 14] = [
    "work",
    "threads",
    "implementation",
    "version",
    "pairs",
    "seconds_median",
    "seconds_low",
    "seconds_high",
    "ratio_median",
    "ratio_low",
    "ratio_high",
    "peak_gflops_before",
    "peak_gflops_after",
    "note",
];

/// End of the name of a work that is a forward pass alone.
const FORWARD: &str = "/forward";

/// The rows of single layers, `layer/NAME/BATCHxTIMExWIDTH` (forward and backward) and the same with `/forward`, as
/// timings; a row without a time has its note as error. The lab's own rows and other works are left out. Label, layer
/// and options are empty: [`join`] fills them.
///
/// # Errors
/// [`ReadError`] names the line and the fix; its file is called `peers.csv`.
pub fn from_peers(text: &str) -> Result<Vec<Row>, ReadError> {
    let rows = strict::parse(text, Path::new("peers.csv"), &COLUMNS, row)?;
    Ok(rows.into_iter().flatten().filter(|row| row.implementation != LAB).collect())
}

/// None for a work that is not a single layer.
fn row(record: &Record) -> Result<Option<Row>, strict::Fault> {
    let work = record.text(0);
    if !work.starts_with("layer/") {
        return Ok(None);
    }
    let [batch, n, width] = size(&work).ok_or((0, "a work named layer/NAME/BATCHxTIMExWIDTH"))?;
    let pass = if work.ends_with(FORWARD) { "forward" } else { "both" };
    let (seconds_median, note) = (record.number(5)?, record.text(13));
    let (note, error) = match seconds_median {
        Some(seconds) if seconds <= 0.0 => return Err((5, "a time above 0")),
        Some(_) => (note, String::new()),
        None if note.is_empty() => (String::new(), "not timed".to_owned()),
        None => (String::new(), note),
    };
    let (seconds_low, seconds_high) = (record.number(6)?, record.number(7)?);
    super::ordered([seconds_low, seconds_median, seconds_high], [6, 7])?;
    Ok(Some(Row {
        pass: pass.into(),
        batch: Some(batch),
        n: Some(n),
        width: Some(width),
        threads: record.whole(1)?,
        implementation: record.text(2),
        version: record.text(3),
        rounds: record.whole(4)?,
        seconds_median,
        seconds_low,
        seconds_high,
        peak_gflops_before: record.number(11)?,
        peak_gflops_after: record.number(12)?,
        note,
        error,
        work,
        ..Row::default()
    }))
}

fn layer_and_size(work: &str) -> &str {
    work.strip_suffix(FORWARD).unwrap_or(work)
}

fn size(work: &str) -> Option<[u64; 3]> {
    let [_, _, size] = layer_and_size(work).split('/').collect::<Vec<_>>().try_into().ok()?;
    let numbers = size.split('x').map(|number| number.parse().ok()).collect::<Option<Vec<u64>>>()?;
    numbers.try_into().ok()
}

/// Gives each row of a peer experiment, label, layer and options of the lab's row of the same layer and size, whatever
/// its pass. Peers of what the lab did not time are left out.
pub fn join(lab: &[Row], peers: &[Row]) -> Vec<Row> {
    let joined = peers.iter().filter_map(|peer| {
        let same = |row: &&Row| !row.work.is_empty() && layer_and_size(&row.work) == layer_and_size(&peer.work);
        let Row { experiment, label, layer, options, .. } = of_lab(lab).find(same)?.clone();
        Some(Row { experiment, label, layer, options, ..peer.clone() })
    });
    joined.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(lines: &[&str]) -> String {
        COLUMNS.join(",") + "\n" + &lines.iter().map(|line| format!("{line}\n")).collect::<String>()
    }

    const TIMED: &str = "layer/conv3/8x512x64,2,jax,0.10.2,7,0.005,0.004,0.007,0.4,0.3,0.5,116.8,116.4,noisy";

    #[test]
    fn peers_get_the_label_of_the_lab_and_the_lab_itself_is_left_out() {
        let text = text(&[
            TIMED,
            "layer/conv3/8x512x64/forward,1,burn,0.23,,,,,,,,,,\"writes out 9 GiB\"",
            "layer/conv3/8x512x64,2,lab,0.1.0,7,0.002,0.002,0.002,1,1,1,116.8,116.4,",
            "step,2,jax,0.10.2,7,0.05,,,,,,,,",
            "layer/mlp/8x512x64,2,jax,0.10.2,7,0.05,,,,,,,,",
        ]);
        let peers = from_peers(&text).unwrap();
        assert_eq!(peers.iter().map(|row| row.implementation.as_str()).collect::<Vec<_>>(), ["jax", "burn", "jax"]);
        let lab = Row {
            experiment: "throughput".into(),
            work: "layer/conv3/8x512x64".into(),
            label: "conv k3".into(),
            layer: "conv".into(),
            options: "kernel = 3".into(),
            implementation: LAB.into(),
            ..Row::default()
        };
        let [timed, refused] = join(&[lab], &peers).try_into().unwrap();
        let size = |row: &Row| (row.batch, row.n, row.width, row.threads);
        assert_eq!((size(&timed), timed.pass.as_str()), ((Some(8), Some(512), Some(64), Some(2)), "both"));
        assert_eq!((timed.label.as_str(), timed.options.as_str()), ("conv k3", "kernel = 3"));
        assert_eq!((timed.seconds_low, timed.note.as_str(), timed.error.as_str()), (Some(0.004), "noisy", ""));
        assert_eq!((refused.pass.as_str(), refused.error.as_str()), ("forward", "writes out 9 GiB"));
        assert_eq!(
            super::super::parse(&super::super::write(std::slice::from_ref(&timed)), Path::new("t")).unwrap(),
            [timed]
        );
    }

    #[test]
    fn a_file_of_another_form_is_refused_with_its_place() {
        for (from, to, column) in [
            ("8x512x64", "8x512", "work"),
            ("0.005", "fast", "seconds_median"),
            ("0.005", "0", "seconds_median"),
            ("0.005", "0.003", "seconds_low"),
            ("0.005", "0.008", "seconds_high"),
        ] {
            let error = from_peers(&text(&[&TIMED.replace(from, to)])).unwrap_err().to_string();
            assert!(error.contains("peers.csv line 2") && error.contains(&format!("column `{column}`")), "{error}");
        }
        assert!(from_peers("work,threads\n").unwrap_err().to_string().contains("missing columns"));
    }
}
