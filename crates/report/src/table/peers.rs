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
    /// A number that no measurement gives.
    #[error(
        "peers.csv line {line}, column `{column}`: {value} is not a finite number above 0; make it anew with \
         `scripts/peers/compare`"
    )]
    Number {
        /// Line number, the header counted.
        line: u64,
        /// Column name.
        column: &'static str,
        /// What stands there.
        value: f64,
    },
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
/// When the CSV cannot be read or is empty, or holds a time or a ratio that is not finite or not above 0.
pub fn peers(csv: &str) -> Result<Table, PeersError> {
    let rows = read(csv)?;
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

fn read(csv: &str) -> Result<Vec<Row>, PeersError> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let headers = reader.headers()?.clone();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record?;
        let row: Row = record.deserialize(Some(&headers))?;
        let numbers = [
            ("seconds_median", row.seconds_median),
            ("ratio_median", row.ratio_median),
            ("ratio_low", row.ratio_low),
            ("ratio_high", row.ratio_high),
        ];
        for (column, value) in numbers.into_iter().filter_map(|(column, value)| Some((column, value?))) {
            if !(value.is_finite() && value > 0.0) {
                let line = record.position().map_or(0, csv::Position::line);
                return Err(PeersError::Number { line, column, value });
            }
        }
        rows.push(row);
    }
    Ok(rows)
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
    fn numbers_that_no_measurement_gives_are_refused_by_line() {
        let good = format!("{HEAD}step,1,lab,0.1,9,0.0165,,,1,1,1,,,\nstep,1,jax,0.10,9,0.05,,,0.333,0.325,0.34,,,\n");
        assert!(peers(&good).is_ok());
        for (from, column) in
            [("0.05", "seconds_median"), ("0.333", "ratio_median"), ("0.325", "ratio_low"), ("0.34", "ratio_high")]
        {
            for to in ["NaN", "inf", "0", "-1"] {
                let error = peers(&good.replace(&format!(",{from},"), &format!(",{to},"))).unwrap_err().to_string();
                assert!(error.starts_with(&format!("peers.csv line 3, column `{column}`: {to} is not")), "{error}");
            }
        }
    }

    #[test]
    fn an_empty_or_a_foreign_file_is_refused() {
        assert!(peers(HEAD).unwrap_err().to_string().contains("scripts/peers/compare"));
        assert!(peers("a,b\n1,2\n").unwrap_err().to_string().contains("scripts/peers/compare"));
    }
}
