//! The reader refuses what it cannot vouch for and says what to do; the writer is stable.

use std::path::Path;

use report::scores::{self, COLUMNS, ReadError, Row};

mod fixture;

fn parse(text: &str) -> Result<Vec<Row>, ReadError> {
    scores::parse(text, Path::new("scores.csv"))
}

/// The fixture's first row, one column replaced.
fn with(column: &str, value: &str) -> Result<Vec<Row>, ReadError> {
    let text = scores::write(&fixture::recall()[..1]);
    let (header, line) = text.split_once('\n').unwrap();
    // The label holds a comma only for other rows: this one can be split by hand.
    let mut fields: Vec<_> = line.trim_end().split(',').collect();
    fields[COLUMNS.iter().position(|name| *name == column).unwrap()] = value;
    parse(&format!("{header}\n{}\n", fields.join(",")))
}

#[test]
fn what_is_written_reads_back_and_is_stable() {
    let rows = [fixture::recall(), fixture::copy()].concat();
    let text = scores::write(&rows);
    assert_eq!(parse(&text).unwrap(), rows);
    assert_eq!(scores::write(&parse(&text).unwrap()), text);
    let line = scores::write(&[Row { value: Some(1.0), floor: Some(0.1), label: "a, \"b\"".into(), ..Row::default() }]);
    insta::assert_snapshot!(line, @r#"
    experiment,task,layer,label,options,depth,width,reach,params,flops,seed,n,k,lag,metric,value,floor,expected,split,error
    ,,,"a, ""b""",,,,,,,,,,,,1,0.1,,,
    "#);
}

#[test]
fn a_file_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("results/scores.csv");
    let error = scores::read(&path).unwrap_err();
    assert!(matches!(error, ReadError::Missing(_)) && error.to_string().contains("run the experiment"), "{error}");
    report::atomic::write(&path, scores::write(&fixture::recall()).as_bytes()).unwrap();
    assert_eq!(scores::read(&path).unwrap(), fixture::recall());
    assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "no temporary file is left behind");
}

#[test]
fn headers_must_match() {
    let message = |header: &str| parse(&format!("{header}\n")).unwrap_err().to_string();
    let all = COLUMNS.join(",");
    assert!(message(&all.replace("seed,", "")).contains("missing columns `seed`"));
    let both = message(&all.replace("lag", "distance"));
    assert!(both.contains("missing columns `lag`") && both.contains("unknown columns `distance`"), "{both}");
    assert!(message(&all.replace("n,k", "k,n")).contains("another order"));
    assert!(message("").contains("missing columns"));
    assert_eq!(parse(&format!("{all}\n")).unwrap(), []);
}

#[test]
fn cut_lines_are_found() {
    let text = scores::write(&fixture::recall()[..3]);
    let cut = parse(text.trim_end()).unwrap_err();
    assert!(matches!(cut, ReadError::Ragged { line: 4, .. }), "{cut}");
    let shortened = format!("{}\n", &text[..text.len() - 30]);
    let cut = parse(&shortened).unwrap_err();
    assert!(matches!(cut, ReadError::Ragged { line: 4, .. }), "{cut}");
    assert!(cut.to_string().contains("20 are expected") && cut.to_string().contains("again"), "{cut}");
}

#[test]
fn fields_must_hold_what_their_column_promises() {
    assert!(with("value", "0.5").is_ok());
    for (column, value) in [
        ("value", ""),
        ("value", "NaN"),
        ("value", "inf"),
        ("value", "1e101"),
        ("label", " "),
        ("label", "a\u{1b}[2Jb"),
        ("label", "\u{202e}a"),
        ("value", "1.5"),
        ("value", "-0.1"),
        ("floor", "2"),
        ("lag", "-1"),
        ("lag", "1.5"),
        ("seed", "many"),
        ("params", "18446744073709551616"),
        ("label", ""),
    ] {
        let error = with(column, value).unwrap_err();
        let shown = report::unseen::tamed(value);
        let expected = format!("scores.csv line 2, column `{column}`: `{shown}` is not");
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
}

/// Floors and oracles are computed, and have values as all rows do.
#[test]
fn only_a_cell_that_failed_has_no_value() {
    let floor = fixture::floor("recall-at-lag", "1/K", 0.25);
    let failed = Row { value: None, error: "diverged".into(), ..fixture::recall()[0].clone() };
    for row in [floor.clone(), failed.clone()] {
        assert_eq!(parse(&scores::write(std::slice::from_ref(&row))).unwrap(), [row]);
    }
    for row in [Row { value: None, ..floor }, Row { error: String::new(), ..failed }] {
        let error = parse(&scores::write(&[row])).unwrap_err().to_string();
        assert!(error.contains("line 2, column `value`: `` is not a number (a row without one says why"), "{error}");
    }
}
