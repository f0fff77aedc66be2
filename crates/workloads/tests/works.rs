//! The list of works.

use std::collections::BTreeSet;

use rayon::ThreadPoolBuilder;
use workloads::{Amount, all, find};

#[test]
fn names_are_distinct_found_and_those_of_the_protocol() {
    let names: BTreeSet<String> = all().into_iter().map(|work| work.name).collect();
    assert_eq!(names.len(), all().len());
    let mut expected: BTreeSet<String> = ["step", "peak", "copy", "book"].map(str::to_owned).into();
    for layer in ["linear", "mlp", "conv3", "conv7", "attention"] {
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
