//! The reach of a layer, read back from its text in the CSV.

/// Which lags a layer declares to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Exactly these lags, as closed ranges; negative lags lie in the future.
    Lags(Vec<(i64, i64)>),
    /// No bound (`past`, `everywhere`), or nothing declared.
    Unbounded,
}

impl Reach {
    /// Reads `0`, `0..6`, `0,1,3,4`, `-3..3`; anything else has no bound.
    pub fn parse(text: &str) -> Self {
        let range = |piece: &str| {
            let (first, last) = piece.split_once("..").unwrap_or((piece, piece));
            Some((first.trim().parse().ok()?, last.trim().parse().ok()?))
        };
        text.split(',').map(range).collect::<Option<Vec<_>>>().map_or(Self::Unbounded, Self::Lags)
    }

    /// The longest lag that is seen; none without a bound.
    pub fn end(&self) -> Option<u64> {
        match self {
            Self::Lags(ranges) => ranges.iter().map(|(_, last)| (*last).max(0) as u64).max(),
            Self::Unbounded => None,
        }
    }

    /// True if the lag is seen.
    pub fn sees(&self, lag: u64) -> bool {
        let within = |(first, last): &(i64, i64)| i64::try_from(lag).is_ok_and(|lag| (*first..=*last).contains(&lag));
        match self {
            Self::Lags(ranges) => ranges.iter().any(within),
            Self::Unbounded => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_the_scores_file() {
        let holes = Reach::parse("0,1,3,4");
        assert_eq!(holes.end(), Some(4));
        assert!(holes.sees(3) && !holes.sees(2) && !holes.sees(5));
        assert_eq!(Reach::parse("0..6,9").end(), Some(9));
        let centred = Reach::parse("-3..3");
        assert!(centred.sees(3) && !centred.sees(4) && centred.end() == Some(3));
        for unbounded in ["past", "everywhere", ""] {
            assert_eq!(Reach::parse(unbounded), Reach::Unbounded, "{unbounded}");
        }
    }
}
