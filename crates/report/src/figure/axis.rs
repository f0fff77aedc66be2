//! Where lags and accuracies stand.

use crate::font;

/// Logarithmic axis of lags between two pixel columns.
#[derive(Debug, Clone)]
pub(super) struct LagAxis {
    pub(super) lags: Vec<u64>,
    pub(super) left: f64,
    pub(super) right: f64,
}

impl LagAxis {
    /// Column of a lag. Lag 0 stands as far left of 1 as 2 stands right of it: a logarithm has no place for it.
    pub(super) fn x(&self, lag: u64) -> f64 {
        let place = |lag: u64| if lag == 0 { -std::f64::consts::LN_2 } else { (lag as f64).ln() };
        let (first, last) = (place(self.lags[0]), place(self.lags[self.lags.len() - 1]));
        let share = if last > first { (place(lag) - first) / (last - first) } else { 0.5 };
        self.left + share * (self.right - self.left)
    }

    /// Lags whose numbers fit beside each other; the last always stands.
    pub(super) fn numbered(&self, em: f64) -> Vec<u64> {
        let mut kept: Vec<u64> = Vec::new();
        let half = |lag: u64| font::width(&lag.to_string(), em, false) / 2.0;
        for &lag in self.lags.iter().rev() {
            let fits = |next: &u64| self.x(lag) + half(lag) + 5.0 <= self.x(*next) - half(*next);
            if kept.last().is_none_or(fits) {
                kept.push(lag);
            }
        }
        kept.reverse();
        kept
    }
}

/// Rows of accuracies 0 to 1 between two pixel rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct AccuracyAxis {
    pub(super) top: f64,
    pub(super) bottom: f64,
}

impl AccuracyAxis {
    /// Row of an accuracy.
    pub(super) fn y(self, accuracy: f64) -> f64 {
        self.bottom - accuracy * (self.bottom - self.top)
    }
}

#[cfg(test)]
mod tests {
    use super::LagAxis;

    #[test]
    fn ticks_stand_at_the_grid_and_keep_the_ends_apart() {
        let axis = LagAxis { lags: vec![0, 1, 2, 4, 127], left: 100.0, right: 800.0 };
        assert_eq!((axis.x(0), axis.x(127)), (100.0, 800.0));
        let step = axis.x(2) - axis.x(1);
        assert!((axis.x(1) - axis.x(0) - step).abs() < 1e-9 && (axis.x(4) - axis.x(2) - step).abs() < 1e-9);
        assert_eq!(axis.numbered(12.0), axis.lags);
        let dense = LagAxis { lags: (1..2000).collect(), left: 100.0, right: 800.0 };
        let numbered = dense.numbered(12.0);
        assert!(numbered.len() < 60 && numbered.last() == Some(&1999), "{numbered:?}");
        let single = LagAxis { lags: vec![5], left: 0.0, right: 10.0 };
        assert_eq!(single.x(5), 5.0);
    }
}
