use ndarray::{Array2, s};
use proptest::prelude::*;

use super::*;
use crate::isa::{Isa, force};

fn filled(rows: usize, columns: usize, salt: u64) -> Array2<f32> {
    Array2::from_shape_fn((rows, columns), |(i, j)| {
        let x = (i as u64 * 7919 + j as u64 * 104_729 + salt * 1_299_709) % 2003;
        x as f32 / 1001.0 - 1.0
    })
}

/// One sequence and head, pair by pair in f64: values, log Σ exp, and the three gradients.
fn plain(heads: Heads, [q, k, v, d]: [Array2<f64>; 4], real: &[bool]) -> (Array2<f64>, Vec<f64>, [Array2<f64>; 3]) {
    let time = q.nrows();
    let scale = f64::from(heads.scale);
    let (mut values, mut logs) = (Array2::zeros(q.raw_dim()), Vec::new());
    let zeros = || Array2::<f64>::zeros(q.raw_dim());
    let [mut d_q, mut d_k, mut d_v] = [zeros(), zeros(), zeros()];
    for t in 0..time {
        let seen: Vec<usize> = (0..time).filter(|s| real[*s] && (!heads.causal || *s <= t)).collect();
        let logits: Vec<f64> = seen.iter().map(|s| scale * q.row(t).dot(&k.row(*s))).collect();
        let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = logits.iter().map(|l| (l - largest).exp()).sum();
        logs.push(if seen.is_empty() { f64::NEG_INFINITY } else { largest + sum.ln() });
        let p: Vec<f64> = logits.iter().map(|l| (l - largest).exp() / sum).collect();
        for (s, p) in seen.iter().zip(&p) {
            values.row_mut(t).scaled_add(*p, &v.row(*s));
            d_v.row_mut(*s).scaled_add(*p, &d.row(t));
        }
        let mean: f64 = seen.iter().zip(&p).map(|(s, p)| p * d.row(t).dot(&v.row(*s))).sum();
        for (s, p) in seen.iter().zip(&p) {
            let d_logit = p * (d.row(t).dot(&v.row(*s)) - mean) * scale;
            d_q.row_mut(t).scaled_add(d_logit, &k.row(*s));
            d_k.row_mut(*s).scaled_add(d_logit, &q.row(t));
        }
    }
    (values, logs, [d_q, d_k, d_v])
}

fn compare(heads: Heads, batch: usize, time: usize, size: f32, masked: bool, salt: u64) {
    let width = heads.count * heads.width;
    let make = |i: u64| filled(batch * time, width, salt * 4 + i);
    let (q, k, v, d) = (make(0) * size, make(1) * size, make(2), make(3));
    let real = Array2::from_shape_fn((batch, time), |(b, t)| !masked || !(b + 7 * t + salt as usize).is_multiple_of(3));
    let real = masked.then_some(real);
    let projected = Projected { query: q.view(), key: k.view(), value: v.view() };
    let mixed = heads.forward(projected, time, real.as_ref().map(|r| r.view()));
    let gradients = heads.backward(projected, time, real.as_ref().map(|r| r.view()), &mixed, d.view());
    for part in 0..batch * heads.count {
        let (b, h) = (part / heads.count, part % heads.count);
        let of = |a: &Array2<f32>| {
            a.slice(s![b * time..(b + 1) * time, h * heads.width..(h + 1) * heads.width]).mapv(f64::from)
        };
        let row = real.as_ref().map_or(vec![true; time], |r| r.row(b).to_vec());
        let (values, logs, plain_gradients) = plain(heads, [of(&q), of(&k), of(&v), of(&d)], &row);
        let close = |got: &Array2<f64>, want: &Array2<f64>, tolerance: f64, what: &str| {
            for (at, want) in want.indexed_iter() {
                let got = got[at];
                assert!(
                    (got - want).abs() < tolerance * (1.0 + want.abs()),
                    "{what} {at:?} of part {part}: {got}, not {want}"
                );
            }
        };
        let rounding = 2e-6 * f64::from(1.0 + size * size) * f64::from(heads.scale) * heads.width as f64 + 1e-5;
        close(&of(&mixed.values), &values, rounding, "value");
        for (t, want) in logs.iter().enumerate() {
            let got = f64::from(mixed.log_sums[(part, t)]) * std::f64::consts::LN_2;
            assert!(
                got == *want || (got - want).abs() < rounding * (1.0 + want.abs()),
                "log sum {t}: {got}, not {want}"
            );
        }
        for ((got, want), what) in gradients.iter().zip(&plain_gradients).zip(["d_query", "d_key", "d_value"]) {
            close(&of(got), want, rounding * 10.0 * f64::from(1.0 + size), what);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn equals_the_formula_on_every_set(
        count in 1usize..4, width in 1usize..40, batch in 1usize..3, time in 1usize..150,
        causal: bool, masked: bool, size in prop::sample::select(vec![0.3f32, 1.0, 4.0]), salt in 0u64..1000,
    ) {
        let heads = Heads { count, width, scale: 1.0 / (width as f32).sqrt(), causal };
        for isa in Isa::all() {
            force(isa, || compare(heads, batch, time, size, masked, salt));
        }
    }
}

#[test]
fn whole_blocks_and_long_sequences_that_are_cut_into_groups() {
    for (count, width, time) in [(4, 16, 64), (1, 64, 128), (2, 32, 192), (1, 8, LONG + 65)] {
        for causal in [true, false] {
            compare(Heads { count, width, scale: 0.25, causal }, 1, time, 1.0, false, 3);
        }
    }
}

#[test]
fn threads_change_no_bit() {
    let (time, heads) = (LONG + 200, Heads { count: 1, width: 16, scale: 0.25, causal: true });
    let [q, k, v, d] = [0, 1, 2, 3].map(|salt| filled(time, 16, salt));
    let projected = Projected { query: q.view(), key: k.view(), value: v.view() };
    let work = || {
        let mixed = heads.forward(projected, time, None);
        let gradients = heads.backward(projected, time, None, &mixed, d.view());
        (mixed.values, mixed.log_sums, gradients)
    };
    let alone = work();
    for threads in [2, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert_eq!(pool.install(work), alone);
    }
}

#[test]
fn nan_is_not_hidden_and_huge_logits_lose_nothing() {
    let heads = Heads { count: 1, width: 2, scale: 1.0, causal: true };
    for isa in Isa::all() {
        force(isa, || {
            let mut q = Array2::from_elem((5, 2), 1e4f32);
            let k = Array2::from_shape_fn((5, 2), |(t, _)| if t == 1 { 1.0 } else { -1.0 });
            let v = Array2::from_shape_fn((5, 2), |(t, _)| t as f32);
            let forward = |q: &Array2<f32>| {
                let projected = Projected { query: q.view(), key: k.view(), value: v.view() };
                heads.forward(projected, 5, None).values
            };
            assert_eq!(forward(&q).column(0).to_vec(), [0.0, 1.0, 1.0, 1.0, 1.0]);
            q[(2, 0)] = f32::NAN;
            let values = forward(&q);
            assert!(values.row(2).iter().all(|v| v.is_nan()) && values.row(3).iter().all(|v| v.is_finite()));
        });
    }
}

/// A query with one key gives it weight 1, however large the logit is and however it is rounded.
#[test]
fn the_backward_of_one_key_is_exact_at_any_logit() {
    let heads = Heads { count: 1, width: 2, scale: 1.0, causal: true };
    for power in [-10, 0, 7] {
        let k = Array2::from_shape_vec(
            (1, 2),
            vec![8_721_811.0 * 2f32.powi(power), std::f32::consts::LN_2 * 2f32.powi(power)],
        )
        .unwrap();
        let (q, v, d) = (Array2::ones((1, 2)), Array2::from_elem((1, 2), 3.0), Array2::from_elem((1, 2), 0.7));
        let projected = Projected { query: q.view(), key: k.view(), value: v.view() };
        for isa in Isa::all() {
            force(isa, || {
                let mixed = heads.forward(projected, 1, None);
                let [d_query, d_key, d_value] = heads.backward(projected, 1, None, &mixed, d.view());
                assert_eq!((&mixed.values, &d_value), (&v, &d), "{} at 2^{power}", isa.name());
                assert!(d_query.iter().chain(&d_key).all(|d| *d == 0.0));
            });
        }
    }
}
