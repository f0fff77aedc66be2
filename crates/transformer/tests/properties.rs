//! What must hold of encoder and decoder, whatever their numbers.

use layer::positions::sinusoidal;
use layer::{Layer, Shape, Site, init};
use ndarray::{Array2, Array3, Axis, Ix1, Ix2, s};
use transformer::{Order, Settings, Transformer};

const SOURCE: usize = 5;
const TARGET: usize = 7;
const WIDTH: usize = 8;

fn build(settings: Settings) -> Transformer {
    Transformer::new(settings, Site { time: SOURCE + TARGET, width: WIDTH, seed: 3 }).unwrap()
}

fn input(seed: u64) -> Array3<f32> {
    init::normal((2, SOURCE + TARGET, WIDTH), 1.0, seed, "x")
}

fn default() -> Settings {
    Settings { source: SOURCE, ..Settings::default() }
}

/// Both orders of the norm, with residual and without. Without, one block: a step's own trace goes through the weights
/// of the cross-attention alone, and a second block leaves less of it than f32 can hold.
fn kinds() -> impl Iterator<Item = Settings> {
    let orders = [Order::Pre, Order::Post].into_iter();
    orders.flat_map(|norm| {
        [true, false].map(|residual| Settings { norm, residual, depth: 1 + usize::from(residual), ..default() })
    })
}

fn furthest(a: &Array3<f32>, b: &Array3<f32>) -> f32 {
    (a - b).iter().fold(0.0, |most, v| v.abs().max(most))
}

/// Changing a target step, however wildly, changes no bit before it; without the mask it does.
#[test]
fn the_decoder_never_looks_ahead() {
    for settings in kinds() {
        let (masked, open) = (build(settings), build(Settings { mask: false, ..settings }));
        let (before, before_open) = (masked.forward(input(1)).0, open.forward(input(1)).0);
        for step in SOURCE + 1..SOURCE + TARGET {
            let mut changed = input(1);
            changed.slice_mut(s![.., step, ..]).mapv_inplace(|v| 100.0 * v - 30.0);
            let (after, after_open) = (masked.forward(changed.clone()).0, open.forward(changed).0);
            let past = s![.., ..step, ..];
            assert_eq!(before.slice(past), after.slice(past), "{settings:?}, step {step}");
            for later in step..SOURCE + TARGET {
                assert_ne!(
                    before.slice(s![.., later, ..]),
                    after.slice(s![.., later, ..]),
                    "{settings:?}, step {step}"
                );
            }
            for earlier in SOURCE..step {
                let here = s![.., earlier, ..];
                assert_ne!(before_open.slice(here), after_open.slice(here), "{settings:?}, step {step}");
            }
        }
    }
}

/// The encoder knows nothing of the target; every output knows every source step, the later ones too.
#[test]
fn the_source_is_seen_by_all_and_sees_itself_alone() {
    for settings in kinds() {
        let transformer = build(settings);
        let (before, _) = transformer.forward(input(1));
        let mut changed = input(1);
        changed.slice_mut(s![.., SOURCE.., ..]).assign(&input(2).slice(s![.., SOURCE.., ..]));
        let (after, _) = transformer.forward(changed);
        let source = s![.., ..SOURCE, ..];
        assert_eq!(before.slice(source), after.slice(source), "{settings:?}");
        for step in 0..SOURCE {
            let mut changed = input(1);
            changed.slice_mut(s![.., step, ..]).assign(&input(2).slice(s![.., step, ..]));
            let (after, _) = transformer.forward(changed);
            for output in 0..SOURCE + TARGET {
                let here = s![.., output, ..];
                assert_ne!(before.slice(here), after.slice(here), "{settings:?}, source {step}, output {output}");
            }
        }
    }
}

#[test]
fn encode_and_decode_are_the_forward() {
    for settings in kinds() {
        let transformer = build(settings);
        let (y, _) = transformer.forward(input(4));
        let [source, target] =
            [0..SOURCE, SOURCE..SOURCE + TARGET].map(|steps| input(4).slice(s![.., steps, ..]).to_owned());
        let memory = transformer.encode(source);
        assert_eq!(memory, y.slice(s![.., ..SOURCE, ..]), "{settings:?}");
        // A memory that is cut out of the output is no array in one piece.
        for memory in [memory.view(), y.slice(s![.., ..SOURCE, ..])] {
            let decoded = transformer.decode(memory, target.clone());
            assert_eq!(decoded, y.slice(s![.., SOURCE.., ..]), "{settings:?}");
        }
    }
}

/// Step by step, as a sentence is written: the last output is that of the whole target.
#[test]
fn a_target_can_grow() {
    let transformer = build(default());
    let (y, _) = transformer.forward(input(5));
    let memory = transformer.encode(input(5).slice(s![.., ..SOURCE, ..]).to_owned());
    for steps in 1..=TARGET {
        let target = input(5).slice(s![.., SOURCE..SOURCE + steps, ..]).to_owned();
        let decoded = transformer.decode(memory.view(), target);
        let want = y.slice(s![.., SOURCE..SOURCE + steps, ..]).to_owned();
        assert!(furthest(&decoded, &want) < 1e-5, "{steps} steps");
    }
}

/// One seed has one set of weights, whatever the switches: what differs is what is done with them.
#[test]
fn each_switch_does_something() {
    let (y, _) = build(default()).forward(input(6));
    for (name, settings) in [
        ("residual", Settings { residual: false, ..default() }),
        ("norm", Settings { norm: Order::Post, ..default() }),
        ("positions", Settings { positions: false, ..default() }),
        ("mask", Settings { mask: false, ..default() }),
        ("heads", Settings { heads: 2, ..default() }),
        ("source", Settings { source: SOURCE + 1, ..default() }),
    ] {
        let (other, _) = build(settings).forward(input(6));
        assert!(furthest(&y, &other) > 1e-2, "{name}");
    }
}

/// Both halves are counted from 0, and only sinusoids are added.
#[test]
fn positions_are_added_to_each_half_from_its_own_start() {
    let (with, without) = (build(default()), build(Settings { positions: false, ..default() }));
    let mut placed = input(7);
    for (from, to) in [(0, SOURCE), (SOURCE, SOURCE + TARGET)] {
        let mut half = placed.slice_mut(s![.., from..to, ..]);
        half += &with.positions(to - from);
    }
    assert!(furthest(&with.forward(input(7)).0, &without.forward(placed).0) < 1e-5);
    // Also past the length that it was built for.
    assert_eq!(with.positions(40), sinusoidal(40, WIDTH, 10_000.0));
    assert_eq!(without.positions(40), Array2::<f32>::zeros((40, WIDTH)));
}

#[test]
fn a_trace_shows_every_attention() {
    let settings = Settings { heads: 2, ..default() };
    let transformer = build(settings);
    let traced = transformer.matchings(&transformer.forward(input(8)).1);
    let names: Vec<&str> = traced.iter().map(|traced| traced.name.as_str()).collect();
    let halves = ["encoder.0.self", "encoder.1.self", "decoder.0.self", "decoder.0.cross"];
    assert_eq!(names, [&halves[..], &["decoder.1.self", "decoder.1.cross"]].concat());
    for traced in &traced {
        let name = &traced.name;
        assert!(transformer.parameters().iter().any(|p| p.name == format!("{name}.query.weight")), "{name}");
        let queries = if name.starts_with("encoder") { SOURCE } else { TARGET };
        let keys = if name.ends_with("cross") { SOURCE } else { queries };
        assert_eq!(traced.causal, name.starts_with("decoder") && name.ends_with("self"), "{name}");
        assert_eq!(traced.query.dim(), (2, queries, WIDTH), "{name}");
        assert_eq!((traced.key.dim(), traced.value.dim()), ((2, keys, WIDTH), (2, keys, WIDTH)), "{name}");
        assert_eq!((traced.weights.dim(), traced.scale), ((2, 2, queries, keys), 0.5), "{name}");
        // The formula, in f64.
        for ((b, head, query, key), weight) in traced.weights.indexed_iter() {
            let columns = s![head * 4..(head + 1) * 4];
            let logit = |key: usize| {
                let (q, k) = (traced.query.slice(s![b, query, ..]), traced.key.slice(s![b, key, ..]));
                let pairs = q.slice(columns).to_vec().into_iter().zip(k.slice(columns).to_vec());
                0.5 * pairs.map(|(q, k)| f64::from(q) * f64::from(k)).sum::<f64>()
            };
            let seen = if traced.causal { query + 1 } else { keys };
            let sum: f64 = (0..seen).map(|key| logit(key).exp()).sum();
            let want = if key < seen { logit(key).exp() / sum } else { 0.0 };
            assert!((f64::from(*weight) - want).abs() < 1e-6, "{name}");
        }
    }
    // Keys and values of both cross attentions are made of the encoder's output.
    let memory = transformer.encode(input(8).slice(s![.., ..SOURCE, ..]).to_owned());
    let parameters = transformer.parameters();
    for (place, part) in [(3, "decoder.0.cross"), (5, "decoder.1.cross")] {
        let of = |name: &str| parameters.iter().find(|p| p.name == format!("{part}.{name}")).unwrap().value.view();
        let weight = of("value.weight").into_dimensionality::<Ix2>().unwrap();
        let bias = of("value.bias").into_dimensionality::<Ix1>().unwrap();
        for (value, memory) in traced[place].value.axis_iter(Axis(0)).zip(memory.axis_iter(Axis(0))) {
            let want = memory.dot(&weight) + bias;
            assert!((&value - &want).iter().all(|v| v.abs() < 1e-5), "{part}");
        }
    }
}

/// The formula at the head of the crate; the kit holds the declaration against what is done.
#[test]
fn cost_is_the_documented_formula() {
    let (batch, s, t, w, e, depth) = (2, SOURCE as u64, TARGET as u64, WIDTH as u64, 3, 2);
    for mask in [true, false] {
        let transformer = build(Settings { expansion: 3, mask, ..default() });
        let (pairs, long) = (if mask { t * (t + 1) / 2 } else { t * t }, s.max(t));
        let squares = batch * (8 * s + 4 * e * s + 8 * t + 4 * (s + t) + 4 * e * t) * w * w;
        let mixed = batch * (s * s + pairs + long * long) * w;
        let cost = transformer.cost(Shape::new(2, SOURCE + TARGET, WIDTH));
        assert_eq!(cost.flops_forward, depth * (squares + 4 * mixed));
        assert_eq!(cost.flops_backward, depth * (2 * squares + 10 * mixed));
    }
}

#[test]
fn what_cannot_be_built_is_refused_with_the_fix() {
    let refused = |settings: Settings, time, width| {
        Transformer::new(settings, Site { time, width, seed: 0 }).err().expect("must be refused").to_string()
    };
    let told = "set source to the number of steps";
    for source in [0, 4, 9, usize::MAX] {
        assert!(refused(Settings { source, ..default() }, 4, 8).contains(told));
    }
    assert!(refused(Settings { heads: 5, ..default() }, 12, 12).ends_with("set heads to one of 1, 2, 3, 4, 6, 12"));
    assert!(refused(Settings { heads: 0, ..default() }, 12, 4).ends_with("set heads to one of 1, 2, 4"));
    assert!(refused(Settings { depth: 0, ..default() }, 12, 4).contains("depth = 0"));
    assert!(refused(Settings { expansion: 0, ..default() }, 12, 4).contains("expansion = 0"));
    assert!(refused(Settings { depth: usize::MAX, ..default() }, 12, 4).ends_with("is outside 1 … 1024"));
    assert!(refused(Settings { expansion: usize::MAX, ..default() }, 12, 4).contains("more than 2^26"));
    assert!(refused(default(), 12, 1 << 24).contains("more than 2^26"));
    assert!(refused(default(), 12, 0).contains("width = 0"));

    let transformer = build(default());
    let shape = |time, width| transformer.output_shape(Shape::new(1, time, width)).map_err(|e| e.to_string());
    assert!(shape(SOURCE, WIDTH).unwrap_err().contains("expected time = 6, got 5"));
    assert!(shape(SOURCE + 1, WIDTH + 1).unwrap_err().contains("expected feature = 8, got 9"));
    assert!(shape(1000, WIDTH).is_ok());
}
