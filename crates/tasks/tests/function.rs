//! The floors of `function` against fits that are really made, and its sequences of given numbers.

use tasks::function::Shape;
use tasks::{Answer, Function, Sequence, Split, Task};

fn of(shape: Shape, n: Option<usize>, range: Option<f32>) -> Function {
    Function { shape, n, range }.check().unwrap()
}

/// Mean squared error of the best combination of the features, by the normal equations.
fn least_squares(sample: &[(Vec<f64>, f64)]) -> f64 {
    let size = sample[0].0.len();
    let mut rows = vec![vec![0.0; size + 1]; size];
    for (features, y) in sample {
        for (row, a) in rows.iter_mut().zip(features) {
            row.iter_mut().zip(features.iter().chain([y])).for_each(|(sum, b)| *sum += a * b);
        }
    }
    for pivot in 0..size {
        // A little ridge, as features may depend on each other.
        rows[pivot][pivot] += 1e-9 * sample.len() as f64;
        let head = rows[pivot].clone();
        for (_, row) in rows.iter_mut().enumerate().filter(|(other, _)| *other != pivot) {
            let factor = row[pivot] / head[pivot];
            row.iter_mut().zip(&head).for_each(|(a, b)| *a -= factor * b);
        }
    }
    let weights: Vec<f64> = (0..size).map(|i| rows[i][size] / rows[i][i]).collect();
    let error = |(features, y): &(Vec<f64>, f64)| {
        let fitted: f64 = features.iter().zip(&weights).map(|(feature, weight)| feature * weight).sum();
        (y - fitted).powi(2)
    };
    sample.iter().map(error).sum::<f64>() / sample.len() as f64
}

/// The range as so many points, and the curve there.
fn curve(task: &Function, points: usize) -> impl Iterator<Item = (f64, f64)> {
    let at = move |i| task.range() * ((2 * i + 1) as f32 / points as f32 - 1.0);
    (0..points).map(move |i| (f64::from(at(i)), f64::from(task.truth(at(i), 0.0))))
}

#[test]
fn the_best_line_has_the_loss_of_the_closed_form() {
    for shape in [Shape::Line, Shape::Abs, Shape::Bump] {
        for range in [0.2, 0.4, 0.5, 1.0, 2.5] {
            let task = of(shape, None, Some(range));
            let sample: Vec<_> = curve(&task, 20_001).map(|(x, y)| (vec![1.0, x], y)).collect();
            let (fitted, floor) = (least_squares(&sample), task.loss_floors()[0].1);
            assert!((fitted - floor).abs() < 1e-5 * f64::from(range), "{shape:?} ±{range}: {fitted} for {floor}");
        }
    }
    let floor = |shape| of(shape, None, None).loss_floors();
    assert_eq!(floor(Shape::Line), [("best line", 0.0)]);
    assert_eq!(floor(Shape::Abs), [("best line", 1.0 / 12.0)]);
    assert!((floor(Shape::Bump)[0].1 - 0.125).abs() < 1e-12);
}

/// Lines of their own, and none beats the floor.
#[test]
fn no_line_is_right_more_often_than_the_floor() {
    for (shape, known) in [(Shape::Line, (2.0, -0.5)), (Shape::Abs, (0.8, 0.1)), (Shape::Bump, (0.0, 0.1))] {
        let task = of(shape, None, None);
        let floor = task.floors(0)[0].accuracy;
        let points: Vec<_> = curve(&task, 2003).collect();
        let accuracy = |slope: f64, offset: f64| {
            let right = points.iter().filter(|(x, y)| (slope * x + offset - y).abs() <= 0.1 + 1e-6).count();
            right as f64 / points.len() as f64
        };
        let (slope, offset) = known;
        assert!((accuracy(slope, offset) - floor).abs() < 0.003, "{shape:?}: {} {floor}", accuracy(slope, offset));
        for slope in (-60..=60).map(|i| f64::from(i) / 15.0) {
            for offset in (-60..=60).map(|i| f64::from(i) / 30.0) {
                assert!(accuracy(slope, offset) <= floor + 0.003, "{shape:?}: {slope}·x + {offset}");
            }
        }
    }
}

/// Cross-entropy of an additive model is convex: descent from anywhere ends at the best of them.
#[test]
fn an_additive_model_of_xor_ends_at_ln_2() {
    let task = of(Shape::Xor, None, None);
    let corners: Vec<_> = (0..4).map(|index| task.sequence(0, Split::Test, index)).collect();
    let mut weights = [1.5, -2.0, 0.7];
    let (mut loss, mut right) = (0.0, 0);
    for _ in 0..5000 {
        let mut gradient = [0.0; 3];
        (loss, right) = (0.0, 0);
        for corner in &corners {
            let features = [1.0, f64::from(corner.tokens[0]), f64::from(corner.tokens[1])];
            let logit: f64 = features.iter().zip(&weights).map(|(feature, weight)| feature * weight).sum();
            let class = corner.targets[0].answer.class();
            let sign = if class == 1 { 1.0 } else { -1.0 };
            loss += (1.0 + (-sign * logit).exp()).ln() / 4.0;
            right += usize::from(sign * logit > 0.0);
            let off = -sign / (1.0 + (sign * logit).exp()) / 4.0;
            gradient.iter_mut().zip(features).for_each(|(g, feature)| *g += off * feature);
        }
        weights.iter_mut().zip(gradient).for_each(|(weight, g)| *weight -= g);
    }
    let floor = task.loss_floors()[0].1;
    assert!(loss >= floor - 1e-12 && loss < floor + 1e-6, "{loss} for {floor}");
    assert!(right as f64 / 4.0 <= task.floors(0)[0].accuracy);
    // Three corners can be cut off: 1 and 2 differ, and 3 does not.
    let cut = |tokens: &[u32]| usize::from(1.5 * f64::from(tokens[0]) - f64::from(tokens[1]) - 0.5 > 0.0);
    let three = corners.iter().filter(|c| cut(&c.tokens) == c.targets[0].answer.class()).count();
    assert_eq!(three as f64 / 4.0, task.floors(0)[0].accuracy);
}

/// A function of each step for itself, of its number and its mark: nothing of it helps.
#[test]
fn a_sum_over_steps_of_product_is_as_good_as_0() {
    for range in [1.0, 0.5] {
        let task = of(Shape::Product, Some(4), Some(range));
        let features = |sequence: &Sequence| {
            let step = |(value, token): (&f32, &u32)| {
                let (value, marked) = (f64::from(*value), f64::from(*token == 1));
                [value, value * value, marked, marked * value, marked * value * value]
            };
            let steps = sequence.values.iter().zip(&sequence.tokens).take(3).flat_map(step);
            let query = f64::from(sequence.values[3]);
            steps.chain([1.0, query, query * query]).collect::<Vec<f64>>()
        };
        let number = |sequence: &Sequence| match sequence.targets[0].answer {
            Answer::Number(number) => f64::from(number),
            Answer::Class(_) => unreachable!("numbers"),
        };
        let sequences: Vec<_> = (0..40_000).map(|i| task.sequence(1, Split::Train, i)).collect();
        let sample: Vec<_> = sequences.iter().map(|s| (features(s), number(s))).collect();
        let (fitted, floor) = (least_squares(&sample), task.loss_floors()[0].1);
        // The deviation of x²z² is 1.5 of its mean: five errors of the mean.
        assert!((fitted - floor).abs() < 5.0 * 1.5 * floor / 200.0, "±{range}: {fitted} for {floor}");
        let zero = sample.iter().filter(|(_, y)| y.abs() <= 0.1).count() as f64 / 40_000.0;
        assert!((zero - task.floors(0)[0].accuracy).abs() < 0.015, "±{range}: {zero}");
    }
}

#[test]
fn sequences_of_given_numbers_are_those_of_the_task() {
    let product = of(Shape::Product, Some(5), None);
    let sequence = product.sequence_of(3.0, -0.5, 4);
    assert_eq!((sequence.tokens, sequence.values), (vec![1, 0, 0, 0, 2], vec![-0.5, 0.0, 0.0, 0.0, 3.0]));
    assert_eq!((sequence.targets[0].answer, sequence.targets[0].lag), (Answer::Number(-1.5), 4));
    let xor = of(Shape::Xor, None, None).sequence_of(1.0, 0.0, 1);
    assert_eq!((xor.tokens, xor.targets[0].answer), (vec![0, 1], Answer::Class(1)));
    let line = of(Shape::Line, None, None);
    for index in 0..100 {
        let drawn = line.sequence(0, Split::Test, index);
        assert_eq!(line.sequence_of(drawn.values[0], 0.0, 0), drawn);
    }
    let bump = of(Shape::Bump, None, None);
    assert_eq!([0.0, 0.25, 0.5, -0.7].map(|x| bump.truth(x, 0.0)), [1.0, 0.5, 0.0, 0.0]);
}

/// Every place of the partner is asked for equally often in the test split, and about so in training.
#[test]
fn the_partner_stands_anywhere() {
    let task = of(Shape::Product, Some(6), None);
    for (split, slack) in [(Split::Train, 160), (Split::Test, 0)] {
        let mut count = [0usize; 6];
        (0..5000).for_each(|index| count[task.sequence(0, split, index).targets[0].lag] += 1);
        assert!(count[1..].iter().all(|count| count.abs_diff(1000) <= slack), "{count:?}");
        assert_eq!(count[0], 0);
    }
}
