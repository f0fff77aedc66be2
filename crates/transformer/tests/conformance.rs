//! The conformance kit, less the one claim that no set of lags can make of this layer.

use layer_testkit::{Check, CountingAllocator, Finding, conform_built};
use std::collections::BTreeSet;
use toml::{Table, Value};
use transformer::DEFINITION;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::new();

/// Every claim but one: its reach is an upper bound, so the lags furthest ahead, from source to target, are missing.
/// A single step is too few for a source and a target.
fn conforms(variant: &str, source: fn(usize) -> usize) {
    let options: Table = variant.parse().unwrap();
    let report = conform_built(variant, &|site| {
        let mut options = options.clone();
        options.insert("source".into(), Value::Integer(source(site.time) as i64));
        (DEFINITION.build)(&options, site)
    });
    let one_step = |found: &&Finding| found.check == Check::Builds && found.shape.is_some_and(|shape| shape.time == 1);
    assert_eq!(report.failures().filter(one_step).count(), 2, "{report}");
    let rest = report.failures().filter(|found| !one_step(found));
    let (loose, others): (Vec<_>, Vec<_>) = rest.partition(|found| found.check == Check::ReachTight);
    assert!(others.is_empty(), "{report}");
    let mask = options.get("mask").is_none_or(|mask| mask.as_bool() == Some(true));
    for found in &loose {
        let time = found.shape.unwrap().time;
        let source = source(time);
        // Furthest ahead is the last step of the own half. Each lag is looked for in two ways.
        let ahead = if mask { source } else { source.max(time - source) } - 1;
        assert_eq!(found.measured, 2.0 * (time - 1 - ahead) as f64, "{found}");
    }
    assert!(loose.iter().any(|found| found.shape.unwrap().time == 131));
    let measured: BTreeSet<Check> = report.findings.iter().map(|found| found.check).collect();
    assert!(measured.contains(&Check::BytesKept) && measured.contains(&Check::GradientElements), "{measured:?}");
}

fn longer_source(time: usize) -> usize {
    time.div_ceil(2)
}

fn longer_target(time: usize) -> usize {
    (time / 3).max(1)
}

#[test]
fn every_variant_conforms() {
    std::thread::scope(|scope| {
        for (place, variant) in DEFINITION.variants.iter().enumerate() {
            scope.spawn(move || conforms(variant, if place % 2 == 0 { longer_target } else { longer_source }));
        }
    });
}

/// The row's own part of the kit: a doc for each key that is read, and no unknown key taken.
#[test]
fn options_are_documented_and_unknown_ones_refused() {
    let read = (DEFINITION.defaults)();
    let read: BTreeSet<&str> = read.keys().map(String::as_str).collect();
    let documented: BTreeSet<&str> = DEFINITION.options.iter().map(|doc| doc.name).collect();
    assert_eq!(read, documented);
    assert!((DEFINITION.resolve)(&"sources = 1".parse().unwrap()).is_err());
    let resolved = (DEFINITION.resolve)(&"source = 3\nnorm = \"post\"".parse().unwrap()).unwrap();
    assert_eq!((resolved["source"].as_integer(), resolved["norm"].as_str()), (Some(3), Some("post")));
}
