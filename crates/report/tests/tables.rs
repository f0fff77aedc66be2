//! Tables and the pages they are spliced into.

mod fixture;

use report::scores::Row;
use report::splice::{SpliceError, names, splice};
use report::table::{Table, TableError, verdict};

#[test]
fn verdict_on_recall() {
    insta::assert_snapshot!(verdict(&fixture::recall(), "recall-at-lag").unwrap().to_markdown(), @r"
    **recall-at-lag, n = 64, K = 4: test accuracy by lag, 3 seeds, mean ± half the 95 % interval**

    | layer                      |     lag 1–4 |    lag 6–16 |   lag 23–63 | inside reach | beyond reach | floor |      reach | params |  FLOPs | solved | steps to solve | learning rate |
    | -------------------------- | ----------: | ----------: | ----------: | -----------: | -----------: | ----: | ---------: | -----: | -----: | -----: | -------------: | ------------: |
    | none                       | 0.25 ± 0.00 | 0.25 ± 0.00 | 0.25 ± 0.01 |            – |  0.25 ± 0.00 |  0.25 |          0 | 12,345 | 3.41 M |    0/3 |              – |         0.003 |
    | linear, per step           | 0.25 ± 0.00 | 0.25 ± 0.01 | 0.25 ± 0.01 |            – |  0.25 ± 0.00 |  0.25 |          0 | 12,345 | 3.41 M |    0/3 |              – |         0.003 |
    | linear, over time          | 0.27 ± 0.01 | 0.24 ± 0.01 | 0.24 ± 0.00 |  0.25 ± 0.00 |            – |  0.25 | everywhere | 12,345 | 3.41 M |    0/3 |              – |         0.003 |
    | mlp, per step              | 0.25 ± 0.00 | 0.25 ± 0.00 | 0.25 ± 0.00 |            – |  0.25 ± 0.00 |  0.25 |          0 | 12,345 | 3.41 M |    0/3 |              – |         0.003 |
    | mlp, over time             | 0.34 ± 0.01 | 0.26 ± 0.01 | 0.26 ± 0.01 |  0.29 ± 0.00 |            – |  0.25 | everywhere | 12,345 | 3.41 M |    0/3 |              – |         0.003 |
    | conv, k3 ×3                | 0.97 ± 0.01 | 0.43 ± 0.01 | 0.25 ± 0.01 |  0.97 ± 0.00 |  0.25 ± 0.00 |  0.25 |       0..6 | 12,345 | 3.41 M |    0/3 |              – |         0.003 |
    | conv, k3 dilated ×3        | 0.80 ± 0.00 | 0.66 ± 0.00 | 0.25 ± 0.00 |  0.80 ± 0.00 |  0.25 ± 0.01 |  0.25 |      0..14 | 12,345 | 3.41 M |    0/3 |              – |         0.003 |
    | attention, no positions    | 1.00 ± 0.00 | 1.00 ± 0.01 | 1.00 ± 0.01 |  1.00 ± 0.00 |            – |  0.25 |       past | 12,345 | 3.41 M |    3/3 |          1,200 |         0.003 |
    | attention, sinusoidal      | 1.00 ± 0.01 | 0.99 ± 0.01 | 0.98 ± 0.01 |  0.99 ± 0.00 |            – |  0.25 |       past | 12,345 | 3.41 M |    3/3 |          1,200 |         0.003 |
    | attention, rotary          | 0.99 ± 0.01 | 0.99 ± 0.01 | 0.90 ± 0.00 |  0.96 ± 0.00 |            – |  0.25 |       past | 12,345 | 3.41 M |    2/3 |          1,050 |         0.003 |
    | linear, flattened          |       error |       error |       error |        error |            – |     – | everywhere |      – |      – |    0/3 |              – |             – |
    | 1/K = position-only oracle |        0.25 |        0.25 |        0.25 |              |              |       |            |        |        |        |                |               |
    | 1/V                        |       0.031 |       0.031 |       0.031 |              |              |       |            |        |        |        |                |               |
    ");
}

/// Two lengths: nothing is averaged over both, and a cell that failed is seen.
#[test]
fn verdict_on_two_lengths() {
    let conv = |row: &Row| row.layer == "conv" && row.label.contains("dilated");
    let long: Vec<_> = fixture::copy().into_iter().filter(|row| conv(row) || row.is_floor()).collect();
    let short = long.iter().filter(|row| !row.is_floor() && row.lag < Some(32)).map(|row| {
        let failed = row.seed == Some(0) && row.lag == Some(1);
        let (value, error) = if failed { (None, "diverged".to_owned()) } else { (row.value, String::new()) };
        Row { n: Some(32), value, error, ..row.clone() }
    });
    let rows: Vec<_> = long.iter().cloned().chain(short).collect();
    insta::assert_snapshot!(verdict(&rows, "copy-at-lag").unwrap().to_markdown(), @r"
    **copy-at-lag: test accuracy by lag, 5 seeds, mean ± half the 95 % interval**

    | layer               |   n |               lag 1–4 |    lag 6–16 |  lag 23–127 |          inside reach | beyond reach | floor | reach | params | FLOPs | solved | steps to solve | learning rate |
    | ------------------- | --: | --------------------: | ----------: | ----------: | --------------------: | -----------: | ----: | ----: | -----: | ----: | -----: | -------------: | ------------: |
    | conv, k3 dilated ×3 | 128 |           0.80 ± 0.00 | 0.63 ± 0.00 | 0.12 ± 0.01 |           0.80 ± 0.00 |  0.12 ± 0.01 |     – | 0..14 |      – |     – |      – |              – |             – |
    | 1/V                 | 128 |                 0.125 |       0.125 |       0.125 |                       |              |       |       |        |       |        |                |               |
    | conv, k3 dilated ×3 |  32 | 0.80 ± 0.00 (1 error) | 0.63 ± 0.00 | 0.12 ± 0.01 | 0.80 ± 0.00 (1 error) |  0.12 ± 0.01 |     – | 0..14 |      – |     – |    0/1 |              – |             – |
    | 1/V                 |  32 |                 0.125 |       0.125 |       0.125 |                       |              |       |       |        |       |        |                |               |
    ");
}

#[test]
fn a_task_without_rows_is_an_error() {
    let error = verdict(&fixture::recall(), "copy").unwrap_err();
    assert_eq!(error, TableError::NoRows { task: "copy".into(), found: vec!["recall-at-lag".into()] });
}

#[test]
fn markdown_escapes_what_would_end_a_cell() {
    let text = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
    let table = Table { title: String::new(), headers: text(&["a", "b"]), rows: vec![text(&["x|y", "1\n2"])] };
    insta::assert_snapshot!(table.to_markdown(), @r"
    | a    |   b |
    | ---- | --: |
    | x\|y | 1 2 |
    ");
}

const PAGE: &str = "# Lab

<!-- lab:begin verdict (made by the lab; do not edit) -->
old
<!-- lab:end verdict -->

```
<!-- lab:begin example -->
```

  <!-- lab:begin other -->
<!-- lab:end other -->
last line without an end";

#[test]
fn a_block_is_replaced_and_nothing_else() {
    let body = "| a |\n| - |\n\n```\ncode\n```\n";
    let page = splice(PAGE, "verdict", body).unwrap();
    assert_eq!(page, PAGE.replace("old\n", &format!("\n{body}\n")));
    assert_eq!(splice(&page, "verdict", body).unwrap(), page, "twice is once");
    assert_eq!(names(&page).unwrap(), ["verdict", "other"]);
    let filled = splice(&page, "other", "new").unwrap();
    assert!(filled.contains("  <!-- lab:begin other -->\n\nnew\n\n<!-- lab:end other -->\nlast line"), "{filled}");
    assert_eq!(
        splice(&splice(PAGE, "other", "new").unwrap(), "verdict", body).unwrap(),
        filled,
        "order does not matter"
    );
    let windows = PAGE.replace('\n', "\r\n");
    assert_eq!(splice(&windows, "verdict", body).unwrap(), page.replace('\n', "\r\n"));
}

#[test]
fn broken_markers_are_named() {
    let (begin, end) = ("<!-- lab:begin a (x) -->\n", "<!-- lab:end a -->\n");
    let error = |page: &str| splice(page, "a", "text").unwrap_err();
    let name = || "a".to_owned();
    assert_eq!(error("nothing"), SpliceError::Missing { name: name() });
    assert_eq!(error(begin), SpliceError::NoEnd { name: name(), line: 1 });
    assert_eq!(error(&format!("\n{end}")), SpliceError::NoBegin { name: name(), line: 2 });
    let twice = format!("{begin}{end}").repeat(2);
    assert_eq!(error(&twice), SpliceError::Duplicate { name: name(), first: 1, second: 3 });
    let nested = |name: &str, line| SpliceError::Nested { name: name.into(), line, around: "a".into(), began: 1 };
    assert_eq!(error(&format!("{begin}<!-- lab:begin b -->\n{end}")), nested("b", 2));
    assert_eq!(error(&format!("{begin}<!-- lab:end b -->\n{end}")), nested("b", 2));
    assert_eq!(error(&format!("{begin}{begin}{end}")), nested("a", 2));
    assert!(matches!(error("<!-- lab:begin -->\n"), SpliceError::Malformed { line: 1, .. }));
    assert!(matches!(error("<!-- lab:begin a\n-->\n"), SpliceError::Malformed { line: 1, .. }));
    assert!(matches!(error("<!-- lab:start a -->\n"), SpliceError::Malformed { line: 1, .. }));
    let body = |text: &str| splice(&format!("{begin}{end}"), "a", text);
    assert_eq!(body("<!-- lab:end a -->").unwrap_err(), SpliceError::Body { name: name() });
    assert_eq!(body("```\nopen").unwrap_err(), SpliceError::Body { name: name() });
}
