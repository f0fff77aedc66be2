//! Golden numbers: a layer held against the same layer written by someone else, in float64.
//!
//! The file names the script that made it. Its parameters, `x` and `d_y` are given, `y` and the gradients of
//! Σ `d_y`·y are expected. A gradient check cannot see a wrong formula whose gradient is right; this can.

use std::collections::BTreeMap;

use layer::{BuildError, Layer, Site};
use ndarray::{Array3, ArrayD, ArrayViewD, Dimension};
use serde::Deserialize;
use toml::Table;

/// Largest accepted |got − want|, relative to the largest |want| of the same array.
pub const TOLERANCE: f64 = 1e-4;

/// Share of the largest |want| of all arrays of the case that is added to an array's own largest: the scale for
/// gradients that are zero by symmetry (a key's bias, say), where f32 leaves rounding of the other terms.
const FLOOR: f64 = 1e-2;

#[derive(Deserialize)]
struct File {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    options: String,
    batch: usize,
    time: usize,
    width: usize,
    parameters: BTreeMap<String, Values>,
    x: Values,
    d_y: Values,
    y: Values,
    d_x: Values,
    d_parameters: BTreeMap<String, Values>,
}

#[derive(Deserialize)]
struct Values {
    shape: Vec<usize>,
    values: Vec<f64>,
}

/// Runs every case of a golden file (its form: see `scripts/golden`) and compares `y`, `d_x` and the gradient of every
/// parameter.
///
/// # Panics
/// With case, array, index and both numbers at the first that is off by more than [`TOLERANCE`]; also when the file
/// is unreadable or has no case, or its parameters are not exactly those of the layer.
pub fn assert_golden(json: &str, build: impl Fn(&Table, Site) -> Result<Box<dyn Layer>, BuildError>) {
    if let Err(text) = check(json, build) {
        panic!("golden numbers: {text}");
    }
}

fn check(json: &str, build: impl Fn(&Table, Site) -> Result<Box<dyn Layer>, BuildError>) -> Result<(), String> {
    let file: File = serde_json::from_str(json).map_err(|e| format!("not a golden file: {e}"))?;
    if file.cases.is_empty() {
        return Err("the file has no case, so it would prove nothing".into());
    }
    file.cases.iter().try_for_each(|case| run(case, &build).map_err(|text| format!("case `{}`: {text}", case.name)))
}

fn run(case: &Case, build: &impl Fn(&Table, Site) -> Result<Box<dyn Layer>, BuildError>) -> Result<(), String> {
    let options: Table = case.options.parse().map_err(|e| format!("options are no TOML: {e}"))?;
    let site = Site { time: case.time, width: case.width, seed: 0 };
    let mut layer = build(&options, site).map_err(|e| format!("does not build: {e}"))?;
    overwrite(layer.as_mut(), &case.parameters)?;

    let x = sequences("x", &case.x)?;
    if x.dim() != (case.batch, case.time, case.width) {
        return Err(format!("x has shape {:?}, not batch, time, width", x.dim()));
    }
    let (y, cache) = layer.forward(x);
    let d_y = sequences("d_y", &case.d_y)?;
    if d_y.dim() != y.dim() {
        return Err(format!("y has shape {:?}, d_y of the file {:?}", y.dim(), d_y.dim()));
    }
    let (d_x, gradients) = layer.backward(&cache, d_y.view());
    let names: Vec<String> = layer.parameters().into_iter().map(|p| p.name).collect();
    same_names("d_parameters", &names, &case.d_parameters)?;
    if gradients.len() != names.len() {
        return Err(format!("{} gradients for {} parameters", gradients.len(), names.len()));
    }

    let floor =
        FLOOR * [&case.y, &case.d_x].into_iter().chain(case.d_parameters.values()).map(largest).fold(0.0, f64::max);
    compare("y", y.view().into_dyn(), &case.y, floor)?;
    compare("d_x", d_x.view().into_dyn(), &case.d_x, floor)?;
    for (name, gradient) in names.iter().zip(gradients.iter()) {
        compare(&format!("d_{name}"), gradient.view(), &case.d_parameters[name], floor)?;
    }
    Ok(())
}

fn overwrite(layer: &mut dyn Layer, parameters: &BTreeMap<String, Values>) -> Result<(), String> {
    let names: Vec<String> = layer.parameters().into_iter().map(|p| p.name).collect();
    same_names("parameters", &names, parameters)?;
    for mut p in layer.parameters_mut() {
        let value = array(&p.name, &parameters[&p.name])?;
        if value.shape() != p.value.shape() {
            let (got, want) = (p.value.shape(), value.shape());
            return Err(format!("parameter `{}` has shape {got:?}, the file {want:?}", p.name));
        }
        p.value.assign(&value);
    }
    Ok(())
}

fn same_names(field: &str, names: &[String], given: &BTreeMap<String, Values>) -> Result<(), String> {
    if let Some(name) = names.iter().find(|name| !given.contains_key(*name)) {
        return Err(format!("`{name}` of the layer is missing in `{field}` of the file"));
    }
    match given.keys().find(|name| !names.contains(name)) {
        Some(name) => Err(format!("`{name}` in `{field}` of the file is no parameter of the layer")),
        None => Ok(()),
    }
}

fn array(name: &str, values: &Values) -> Result<ArrayD<f32>, String> {
    let numbers = values.values.iter().map(|v| *v as f32).collect();
    ArrayD::from_shape_vec(values.shape.clone(), numbers).map_err(|e| format!("`{name}` of the file: {e}"))
}

fn sequences(name: &str, values: &Values) -> Result<Array3<f32>, String> {
    array(name, values)?.into_dimensionality().map_err(|e| format!("`{name}` of the file: {e}"))
}

fn largest(values: &Values) -> f64 {
    values.values.iter().fold(0.0, |most, v| v.abs().max(most))
}

fn compare(name: &str, got: ArrayViewD<'_, f32>, want: &Values, floor: f64) -> Result<(), String> {
    let elements = want.shape.iter().product::<usize>();
    if got.shape() != want.shape || want.values.len() != elements {
        return Err(format!("`{name}` has shape {:?}, the file {:?}", got.shape(), want.shape));
    }
    let accepted = TOLERANCE * (largest(want) + floor) + f64::from(f32::MIN_POSITIVE);
    for ((index, got), want) in got.indexed_iter().zip(&want.values) {
        // Written so that NaN fails.
        let near = (f64::from(*got) - want).abs() <= accepted;
        if !near {
            return Err(format!(
                "{name}{:?}: got {got}, want {want} (accepted difference {accepted:.1e})",
                index.slice()
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use layer::Norm;

    /// Width 1 would hide everything; two features (a, −a) of a norm come out as ±1 to 1e-5.
    const NORM: &str = r#"{"cases": [{"name": "pair", "options": "", "batch": 1, "time": 1, "width": 2,
        "parameters": {"gain": {"shape": [2], "values": [2.0, 3.0]}, "bias": {"shape": [2], "values": [0.5, 0.0]}},
        "x": {"shape": [1, 1, 2], "values": [4.0, -4.0]}, "d_y": {"shape": [1, 1, 2], "values": [1.0, 1.0]},
        "y": {"shape": [1, 1, 2], "values": [2.5, -3.0]}, "d_x": {"shape": [1, 1, 2], "values": [0.0, 0.0]},
        "d_parameters": {"gain": {"shape": [2], "values": [1.0, -1.0]}, "bias": {"shape": [2], "values": [1.0, 1.0]}}}]}"#;

    fn norm(_: &Table, site: Site) -> Result<Box<dyn Layer>, BuildError> {
        Ok(Box::new(Norm::new(site.width)))
    }

    #[test]
    fn right_numbers_pass() {
        assert_golden(NORM, norm);
    }

    #[test]
    fn wrong_numbers_are_named() {
        let fail = |from: &str, to: &str| {
            assert!(NORM.contains(from), "{from}");
            check(&NORM.replacen(from, to, 1), norm).unwrap_err()
        };
        let text = fail("[2.5, -3.0]", "[2.5, -3.01]");
        assert!(text.starts_with("case `pair`: y[0, 0, 1]: got -"), "{text}");
        assert!(text.contains("want -3.01"), "{text}");
        assert!(fail("[1.0, -1.0]", "[1.0, -1.01]").contains("d_gain[1]"));
        assert!(fail("[0.0, 0.0]}", "[0.0, 0.1]}").contains("d_x[0, 0, 1]"));
        assert!(fail("\"gain\"", "\"gains\"").contains("`gain` of the layer is missing in `parameters`"));
        assert!(
            fail("\"bias\": {\"shape\": [2], \"values\": [1.0, 1.0]}", "\"bias\": {\"shape\": [1], \"values\": [2.0]}")
                .contains("d_bias")
        );
        assert!(check(r#"{"cases": []}"#, norm).unwrap_err().contains("no case"));
    }
}
