//! What layers say of themselves, and whether it holds, as the command line shows it.

mod support;

use layer_testkit::Check;
use serde_json::Value;
use support::{flat, lab, std_lab, stderr, stdout};
use zoo::LAYERS;

#[test]
fn json_of_a_layer_has_every_check_with_its_number() {
    let output = std_lab().args(["conform", "linear", "--format", "json"]).output().unwrap();
    assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(0), ""));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&report["layer"], &report["conforms"]), (&"linear".into(), &true.into()));
    let checks = report["checks"].as_array().unwrap();
    let names: Vec<&str> = checks.iter().map(|check| check["check"].as_str().unwrap()).collect();
    assert_eq!(names, Check::ALL.iter().map(|check| check.name()).collect::<Vec<_>>());
    for check in checks {
        assert_eq!(check["outcome"], "passed", "{check}");
        assert!(check["measurements"].as_u64().unwrap() > 0, "{check}");
        let [worst, tolerance] = ["measured", "tolerance"].map(|key| check["worst"][key].as_f64().unwrap());
        let above = check["worst"]["has_to_exceed"].as_bool().unwrap();
        assert!(if above { worst > tolerance } else { worst <= tolerance }, "{check}");
    }
    let bytes = checks.iter().find(|check| check["check"] == "bytes-kept").unwrap();
    let detail = bytes["worst"]["detail"].as_str().unwrap();
    assert!(detail.starts_with("declared 8192, kept 8"), "bytes are really counted here: {detail}");
}

#[test]
fn the_table_of_a_layer_is_aligned_and_says_what_was_skipped() {
    let output = std_lab().args(["conform", "mlp"]).output().unwrap();
    assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(0), ""));
    let text = stdout(&output);
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with('│')).collect();
    assert_eq!(rows.len(), 1 + Check::ALL.len(), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 110), "{text}");
    assert!(rows.iter().all(|row| row.chars().count() == rows[0].chars().count()), "{text}");
    assert!(flat(&text).contains("skipped: no streaming form"), "{text}");
    assert!(text.ends_with("mlp conforms\n") && !text.contains('\u{1b}'), "{text}");
}

#[test]
fn without_a_name_every_layer_has_a_line() {
    let output = std_lab().arg("conform").output().unwrap();
    assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(0), ""));
    let text = stdout(&output);
    for row in LAYERS {
        let line = text.lines().find(|line| line.split_whitespace().next() == Some(row.name));
        assert!(line.is_some_and(|line| line.ends_with("conforms")), "{}: {text}", row.name);
    }
}

#[test]
fn unknown_names_and_stacks_are_refused_with_the_way_out() {
    for (name, says) in [
        ("atention", "did you mean `attention`?"),
        ("long-range", "no layer is called `long-range`"),
        ("transformer", "is a stack and no layer"),
        ("transformer", "cargo test -p transformer --test conformance"),
    ] {
        let output = lab().args(["conform", name]).assert().code(2);
        let said = flat(&stderr(output.get_output()));
        assert!(said.contains(says), "{name}: {said}");
    }
}

#[test]
fn the_list_shows_what_layers_declare_on_a_screen() {
    let text = stdout(&std_lab().arg("list").output().unwrap());
    let table: Vec<&str> =
        text.lines().skip_while(|line| !line.starts_with('┌')).take_while(|l| !l.is_empty()).collect();
    let titles = table[1];
    for title in ["reach", "wiring", "lengths", "state", "params", "FLOPs"] {
        assert!(titles.contains(title), "{title}: {titles}");
    }
    for line in &table {
        assert!(line.chars().count() <= 130, "{line}");
    }
    let cells = |name: &str| {
        let row = table.iter().find(|line| line.starts_with(&format!("│ {name} "))).unwrap();
        row.trim_matches('│').split('┆').skip(2).map(|cell| cell.trim().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(cells("none"), ["0", "0", "any", "0", "0", "0"]);
    let conv = cells("conv");
    assert_eq!((conv[0].as_str(), conv[1].as_str(), conv[3].as_str()), ("0..2", "0", "128"), "{conv:?}");
    let attention = cells("attention");
    assert!(attention[1].parse::<f64>().unwrap() > 0.0, "it looks where its input tells it to: {attention:?}");
    assert_eq!(attention[3], "8192", "keys and values of 64 steps");

    let output = std_lab().args(["list", "--format", "json"]).output().unwrap();
    let list: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(list["layers"].as_array().unwrap().len(), LAYERS.len());
    for row in list["layers"].as_array().unwrap() {
        assert!(row["params"].is_u64() && row["flops"].is_u64() && row["wiring_untrained"].is_f64(), "{row}");
        assert!(row["lengths"].is_string() && row["affine"].is_boolean(), "{row}");
        assert!(row["state"].is_u64() || row["state"].is_null(), "{row}");
        let described =
            std_lab().args(["describe", row["name"].as_str().unwrap(), "--format", "json"]).output().unwrap();
        let described: Value = serde_json::from_slice(&described.stdout).unwrap();
        for key in ["reach", "lengths", "affine", "permutation_equivariant", "state", "params"] {
            assert_eq!(described[key], row[key], "{key} of {}", row["name"]);
        }
    }
}

#[test]
fn a_description_says_what_is_declared() {
    let said = |name| stdout(&std_lab().args(["describe", name]).output().unwrap());
    let attention = said("attention");
    for line in ["lengths     any", "order       seen", "it remembers 8192 numbers after 64 steps"] {
        assert!(attention.contains(line), "{line}: {attention}");
    }
    assert!(said("mlp").contains("order       not seen"));
}
