//! How long the lab takes beside other libraries, from the CSV that `scripts/peers/compare` writes.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Table;

/// Why the CSV was refused.
#[derive(Debug, thiserror::Error)]
pub enum PeersError {
    /// It is not in the form that `compare` writes.
    #[error("peers.csv: {0}; make it anew with `scripts/peers/compare`")]
    Csv(#[from] csv::Error),
    /// No row is there.
    #[error("peers.csv has no rows; make it with `scripts/peers/compare`")]
    Empty,
}

#[derive(Deserialize)]
struct Row {
    work: String,
    threads: u32,
    implementation: String,
    seconds_median: Option<f64>,
    ratio_median: Option<f64>,
    ratio_low: Option<f64>,
    ratio_high: Option<f64>,
    note: String,
}

/// The implementation that the others are compared with.
const LAB: &str = "lab";

/// One line for each work: milliseconds of the lab, and its time as a multiple of each other's, for each number of
/// threads in turn. Ratios from a noisy measurement carry a `~`.
///
/// # Errors
/// When the CSV cannot be read or is empty.
pub fn peers(csv: &str) -> Result<Table, PeersError> {
    let rows: Vec<Row> = csv::Reader::from_reader(csv.as_bytes()).into_deserialize().collect::<Result<_, _>>()?;
    if rows.is_empty() {
        return Err(PeersError::Empty);
    }
    let mut works: Vec<&str> = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    for row in &rows {
        for (all, one) in [(&mut works, row.work.as_str()), (&mut names, row.implementation.as_str())] {
            if one != LAB && !all.contains(&one) {
                all.push(one);
            }
        }
    }
    let mut threads: Vec<u32> = rows.iter().map(|row| row.threads).collect();
    threads.sort_unstable();
    threads.dedup();
    let cells: BTreeMap<(&str, u32, &str), &Row> =
        rows.iter().map(|row| ((row.work.as_str(), row.threads, row.implementation.as_str()), row)).collect();
    let joined = |work: &str, name: &str, show: fn(&Row) -> Option<String>| {
        let of = |threads: &u32| cells.get(&(work, *threads, name)).and_then(|row| show(row)).unwrap_or("–".to_owned());
        let parts: Vec<String> = threads.iter().map(of).collect();
        if parts.iter().all(|part| part == "–") { "–".to_owned() } else { parts.join(" / ") }
    };
    let line = |work: &&str| {
        let mut line = vec![format!("`{work}`"), joined(work, LAB, milliseconds)];
        line.extend(names.iter().map(|name| joined(work, name, ratio)));
        line
    };
    let counts: Vec<String> = threads.iter().map(u32::to_string).collect();
    let mut headers = vec!["work".to_owned(), format!("lab, ms ({} threads)", counts.join(" / "))];
    headers.extend(names.iter().map(|name| format!("lab / {name}")));
    Ok(Table { title: String::new(), headers, rows: works.iter().map(line).collect() })
}

fn milliseconds(row: &Row) -> Option<String> {
    row.seconds_median.map(|s| {
        let ms = s * 1e3;
        if ms < 10.0 {
            format!("{ms:.2}")
        } else if ms < 100.0 {
            format!("{ms:.1}")
        } else {
            format!("{ms:.0}")
        }
    })
}

/// The median over rounds. More than a fifth of it between the 10th and the 90th percentile counts as noise.
fn ratio(row: &Row) -> Option<String> {
    let ratio = row.ratio_median?;
    let wide = row.ratio_low.zip(row.ratio_high).is_some_and(|(low, high)| high - low > 0.2 * ratio);
    Some(format!("{}{ratio:.2}", if wide || row.note == "noisy" { "~" } else { "" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "work,threads,implementation,version,pairs,seconds_median,seconds_low,seconds_high,ratio_median,\
                        ratio_low,ratio_high,peak_gflops_before,peak_gflops_after,note\n";

    #[test]
    fn a_line_for_each_work_and_a_dash_where_a_peer_cannot() {
        let csv = format!(
            "{HEAD}step,1,lab,0.1,9,0.0165,,,1,1,1,,,\nstep,1,jax,0.10,9,0.05,,,0.333,0.33,0.34,,,\n\
             step,2,lab,0.1,9,0.009,,,1,1,1,,,\nstep,2,jax,0.10,9,0.03,,,0.3,0.2,0.4,,,\n\
             long,1,lab,0.1,9,0.2,,,1,1,1,,,\nlong,1,jax,0.10,,,,,,,,,,more than 4 GiB\n"
        );
        let table = peers(&csv).unwrap();
        assert_eq!(table.headers, ["work", "lab, ms (1 / 2 threads)", "lab / jax"]);
        assert_eq!(table.rows, [["`step`", "16.5 / 9.00", "0.33 / ~0.30"], ["`long`", "200 / –", "–"]]);
    }

    #[test]
    fn an_empty_or_a_foreign_file_is_refused() {
        assert!(peers(HEAD).unwrap_err().to_string().contains("scripts/peers/compare"));
        assert!(peers("a,b\n1,2\n").unwrap_err().to_string().contains("scripts/peers/compare"));
    }
}
