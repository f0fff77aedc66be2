//! The list of works.

use std::collections::BTreeSet;

use rayon::ThreadPoolBuilder;
use workloads::{Amount, all, find};

#[test]
fn names_are_distinct_found_and_those_of_the_protocol() {
    let names: BTreeSet<String> = all().into_iter().map(|work| work.name).collect();
    assert_eq!(names.len(), all().len());
    let mut expected: BTreeSet<String> = ["step", "peak", "copy", "book"].map(str::to_owned).into();
    // A layer that came later, and is in the table alone, is listed under its own name.
    let older = ["none", "linear", "mlp", "conv", "attention"];
    let later = zoo::LAYERS.iter().map(|row| row.name).filter(|name| !older.contains(name));
    for layer in ["linear", "mlp", "conv3", "conv7", "attention"].into_iter().chain(later) {
        expected
            .extend(["32x128x64", "8x512x64", "2x2048x64", "8x512x256"].map(|size| format!("layer/{layer}/{size}")));
    }
    for time in ["4096", "16384", "65536"] {
        expected.extend(["forward", "both"].map(|pass| format!("long/{time}/{pass}")));
    }
    assert_eq!(names, expected);
    assert!(names.iter().all(|name| find(name).is_ok_and(|work| work.name == *name)));
}

#[test]
fn an_unknown_name_is_answered_with_the_nearest() {
    for (slip, nearest) in
        [("layer/atention/8x512x64", "layer/attention/8x512x64"), ("long/4096/back", "long/4096/both")]
    {
        assert_eq!(find(slip).unwrap_err().nearest, nearest);
    }
}

#[test]
fn layers_are_found_at_any_size_and_nothing_else_is() {
    for name in [
        "layer/conv3/8x512x64/forward",
        "layer/attention/1x8192x64",
        "layer/linear-over-time/3x5x7",
        "layer/none/1x1x1",
    ] {
        let work = find(name).unwrap();
        assert_eq!((work.name.as_str(), work.warm_up), (name, 3));
    }
    assert_eq!(find("layer/attention/1x65536x256").unwrap().warm_up, 1);
    let [both, forward] =
        ["", "/forward"].map(|behind| find(&format!("layer/mlp/8x512x64{behind}")).unwrap().amount(1));
    assert!(matches!((both, forward), (Amount::Flops(both), Amount::Flops(forward)) if both == 3 * forward));
    for name in [
        "layer/mlp/8x512x64/both",
        "layer/mlp/08x512x64",
        "layer/mlp/+8x512x64",
        "layer/mlp/8x512",
        "layer/conv/8x512x64",
    ] {
        assert_eq!(find(name).unwrap_err().reason, None, "{name}");
    }
    // Too large, empty, in the layer's own words, and larger than any number.
    for (name, reason) in [
        ("layer/mlp/8192x1024x64", "2^28"),
        ("layer/mlp/0x512x64", "2^28"),
        ("layer/attention/8x512x30", "30"),
        ("layer/mlp-over-time/1x8192x8", "2^26"),
        ("layer/mlp/18446744073709551615x2x64", "2^28"),
    ] {
        let unknown = find(name).unwrap_err();
        assert!(unknown.reason.as_ref().is_some_and(|given| given.contains(reason)), "{name}: {unknown}");
        assert!(unknown.to_string().contains(&unknown.reason.unwrap()), "{name}");
    }
}

/// But the largest, whose inputs alone take seconds and gigabytes.
#[test]
fn works_can_be_prepared_and_say_what_they_amount_to() {
    let pool = ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    for work in all() {
        let (Amount::Flops(amount) | Amount::Bytes(amount)) = work.amount(2);
        assert!(amount > 1_000_000, "{} amounts to {amount}", work.name);
        if work.name != "book" && !work.name.contains("65536") {
            drop(work.prepare(&pool));
        }
    }
}

#[test]
fn the_longer_a_run_the_fewer_warm_it_up() {
    let warm_up = |name: &str| find(name).unwrap().warm_up;
    assert_eq!(
        [warm_up("step"), warm_up("long/16384/both"), warm_up("long/65536/both"), warm_up("book")],
        [3, 3, 1, 0]
    );
}
