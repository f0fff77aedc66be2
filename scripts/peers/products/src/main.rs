//! Times one-threaded matrix products at the shapes of the lab, taking turns, and prints a Markdown table of GFLOP/s:
//! for each the median over rounds. `cargo run --release` in this folder.

use std::time::Instant;

use faer::{Accum, MatMut, MatRef, Par};
use kernels::isa::{Isa, force};
use kernels::product::{Into, product_into};
use ndarray::{Array2, ArrayView2, ArrayViewMut2, linalg::general_mat_mul};

const ROUNDS: usize = 15;
/// FLOPs of one sample: some milliseconds.
const SAMPLE: f64 = 3e8;

/// (rows, inner, columns), whether each side stands transposed, and where the lab has it.
const SHAPES: [(usize, usize, usize, bool, bool, &str); 12] = [
    (256, 64, 64, false, false, "projection"),
    (256, 64, 64, false, true, "its gradient of x"),
    (64, 256, 64, true, false, "its gradient of W"),
    (256, 64, 256, false, false, "hinge, up"),
    (256, 256, 64, false, false, "hinge, down"),
    (256, 64, 256, false, true, "hinge, gradient of hidden"),
    (64, 256, 256, true, false, "hinge, gradient of W"),
    (64, 16, 64, false, true, "logits of a small head"),
    (64, 64, 16, false, false, "values of a small head"),
    (512, 256, 1024, false, false, "hinge at width 256, up"),
    (512, 1024, 256, false, true, "hinge at width 256, gradient"),
    (256, 512, 1024, true, false, "hinge at width 256, gradient of W"),
];

type Product = Box<dyn Fn(ArrayView2<f32>, ArrayView2<f32>, ArrayViewMut2<f32>)>;

fn products() -> Vec<(String, Product)> {
    let mut all: Vec<(String, Product)> = vec![
        ("matrixmultiply".into(), Box::new(|a, b, mut c| general_mat_mul(1.0, &a, &b, 0.0, &mut c))),
        ("gemm".into(), Box::new(with_gemm)),
        ("faer".into(), Box::new(with_faer)),
    ];
    for isa in Isa::all() {
        all.push((
            format!("lab, {}", isa.name()),
            Box::new(move |a, b, c| force(isa, || product_into(1.0, a, b, Into::Replace, c))),
        ));
    }
    all
}

fn with_faer(a: ArrayView2<f32>, b: ArrayView2<f32>, mut c: ArrayViewMut2<f32>) {
    let (m, k, n) = (a.nrows(), a.ncols(), b.ncols());
    let c_strides = [c.strides()[0], c.strides()[1]];
    // SAFETY: pointers, sizes and strides are those of live views, the target's an exclusive one.
    let (a, b, c) = unsafe {
        (
            MatRef::from_raw_parts(a.as_ptr(), m, k, a.strides()[0], a.strides()[1]),
            MatRef::from_raw_parts(b.as_ptr(), k, n, b.strides()[0], b.strides()[1]),
            MatMut::from_raw_parts_mut(c.as_mut_ptr(), m, n, c_strides[0], c_strides[1]),
        )
    };
    faer::linalg::matmul::matmul(c, Accum::Replace, a, b, 1.0f32, Par::Seq);
}

fn with_gemm(a: ArrayView2<f32>, b: ArrayView2<f32>, mut c: ArrayViewMut2<f32>) {
    let (m, k, n) = (a.nrows(), a.ncols(), b.ncols());
    let (a_strides, b_strides, c_strides) = (a.strides(), b.strides(), [c.strides()[0], c.strides()[1]]);
    // SAFETY: as above. The target is not read.
    unsafe {
        gemm::gemm(
            m, n, k, c.as_mut_ptr(), c_strides[1], c_strides[0], false, a.as_ptr(), a_strides[1], a_strides[0],
            b.as_ptr(), b_strides[1], b_strides[0], 0.0f32, 1.0f32, false, false, false, gemm::Parallelism::None,
        );
    }
}

fn main() {
    let products = products();
    let names: Vec<&str> = products.iter().map(|(name, _)| name.as_str()).collect();
    println!("| m×k×n | where | {} |\n|---|---|{}", names.join(" | "), "--:|".repeat(names.len()));
    for (m, k, n, a_turned, b_turned, place) in SHAPES {
        let matrix = |rows: usize, columns: usize, turned: bool| {
            let shape = if turned { (columns, rows) } else { (rows, columns) };
            let x = Array2::from_shape_fn(shape, |(i, j)| ((i * 31 + j * 17) % 23) as f32 / 11.0 - 1.0);
            if turned { x.reversed_axes() } else { x }
        };
        let (a, b) = (matrix(m, k, a_turned), matrix(k, n, b_turned));
        let mut c = Array2::zeros((m, n));
        let flops = 2.0 * (m * k * n) as f64;
        let mut speeds = vec![Vec::new(); products.len()];
        for _ in 0..ROUNDS {
            for ((_, product), speeds) in products.iter().zip(&mut speeds) {
                // The slowest is plain code: a sample need not be long for it.
                let runs = (SAMPLE / flops / 10.0).max(1.0) as usize;
                let start = Instant::now();
                (0..runs).for_each(|_| product(a.view(), b.view(), c.view_mut()));
                speeds.push(flops * runs as f64 / start.elapsed().as_secs_f64() / 1e9);
            }
        }
        let medians = speeds.iter_mut().map(|speeds| {
            speeds.sort_by(f64::total_cmp);
            format!("{:.0}", speeds[ROUNDS / 2])
        });
        let turned = |turned| if turned { "ᵀ" } else { "" };
        let cells: Vec<String> = medians.collect();
        println!("| {m}×{k}{}×{n}{} | {place} | {} |", turned(a_turned), turned(b_turned), cells.join(" | "));
    }
}
