//! What a batch system is asked for, as Slurm writes it: time, memory, partition.

use std::fmt;
use std::str::FromStr;

/// A time limit, in seconds: at least a minute, which is the least that Slurm counts, and at most a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeLimit(u64);

impl TimeLimit {
    const LEAST: u64 = 60;
    const MOST: u64 = 365 * 24 * 3600;

    /// The least limit in whole tens of minutes that is no shorter than so many seconds.
    pub fn at_least(seconds: f64) -> Self {
        // A float too large for the integer becomes the largest one.
        let tens = (seconds / 600.0).ceil().max(1.0) as u64;
        Self(tens.saturating_mul(600).min(Self::MOST / 600 * 600))
    }
}

impl fmt::Display for TimeLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, rest) = (self.0 / 86_400, self.0 % 86_400);
        if days > 0 {
            write!(f, "{days}-")?;
        }
        write!(f, "{:02}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60)
    }
}

impl FromStr for TimeLimit {
    type Err = String;

    /// Minutes, `m:s`, `h:m:s`, `d-h`, `d-h:m` or `d-h:m:s`.
    fn from_str(text: &str) -> Result<Self, String> {
        let formats = || "write minutes, h:m:s or d-h:m:s, such as 90, 1:30:00 or 2-12:00:00".to_owned();
        let (days, clock) = text.split_once('-').map_or((None, text), |(days, clock)| (Some(days), clock));
        let number = |digits: &str| {
            let plain = (1..=9).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| digits.parse::<u64>().ok()).flatten().ok_or_else(formats)
        };
        let parts = clock.split(':').map(number).collect::<Result<Vec<u64>, _>>()?;
        let seconds = match (days.map(number).transpose()?, &parts[..]) {
            (None, [minutes]) => minutes * 60,
            (None, [minutes, seconds]) => minutes * 60 + seconds,
            (None, [hours, minutes, seconds]) => hours * 3600 + minutes * 60 + seconds,
            (Some(days), [hours, rest @ ..]) if rest.len() <= 2 => {
                let seconds = rest.iter().zip([60, 1]).map(|(count, each)| count * each).sum::<u64>();
                days * 86_400 + hours * 3600 + seconds
            }
            _ => return Err(formats()),
        };
        if (Self::LEAST..=Self::MOST).contains(&seconds) {
            Ok(Self(seconds))
        } else {
            Err("choose a time from one minute to 365 days".to_owned())
        }
    }
}

/// Memory, in MiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Memory(u64);

impl Memory {
    /// The least amount in whole GiB that is no less than so many bytes.
    pub fn at_least(bytes: f64) -> Self {
        let gib = (bytes / f64::from(1 << 30)).ceil().max(1.0) as u64;
        Self(gib.saturating_mul(1024).min(Self::MOST))
    }

    /// An exbibyte.
    const MOST: u64 = 1 << 40;
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_multiple_of(1024) { write!(f, "{}G", self.0 / 1024) } else { write!(f, "{}M", self.0) }
    }
}

impl FromStr for Memory {
    type Err = String;

    /// A whole number and `K`, `M`, `G` or `T`; MiB if it has none.
    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let plain = (1..=12).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        let count = plain.then(|| digits.parse::<u64>().ok()).flatten();
        let mib = count.and_then(|count| match &text[digits.len()..] {
            "K" | "k" => Some(count.div_ceil(1024)),
            "" | "M" | "m" => Some(count),
            "G" | "g" => Some(count * 1024),
            "T" | "t" => Some(count * 1024 * 1024),
            _ => None,
        });
        match mib {
            Some(mib @ 1..=Self::MOST) => Ok(Self(mib)),
            Some(_) => Err("choose what one task needs, such as 4G".to_owned()),
            None => Err("write a whole number with K, M, G or T, such as 4G".to_owned()),
        }
    }
}

/// Name of a partition, or several with commas between; none of its signs means anything to a shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition(String);

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Partition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let plain = |name: &str| {
            let sign = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
            !name.is_empty() && !name.starts_with('-') && name.bytes().all(sign)
        };
        if text.split(',').all(plain) {
            Ok(Self(text.to_owned()))
        } else {
            Err("a partition's name has letters, digits, `_`, `-` and `.`; see sinfo".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_slurm_reads_them() {
        for (text, shown) in [
            ("90", "01:30:00"),
            ("1", "00:01:00"),
            ("90:30", "01:30:30"),
            ("1:30:00", "01:30:00"),
            ("36:00:00", "1-12:00:00"),
            ("2-12", "2-12:00:00"),
            ("2-12:30", "2-12:30:00"),
            ("2-12:30:15", "2-12:30:15"),
            ("365-0", "365-00:00:00"),
        ] {
            let read: TimeLimit = text.parse().unwrap();
            assert_eq!(read.to_string(), shown, "{text}");
            assert_eq!(shown.parse::<TimeLimit>().unwrap(), read, "{text}");
        }
        for text in ["", "x", "1h", "-5", "1-", "1-2-3", "1:2:3:4", "1-2:3:4:5", ":30", "1:", "+5", " 5", "5 ", "5\n"] {
            assert!(text.parse::<TimeLimit>().unwrap_err().starts_with("write minutes"), "{text:?}");
        }
        for text in ["0", "0:59", "365-0:01", "999999999-999999999:999999999:999999999"] {
            assert!(text.parse::<TimeLimit>().unwrap_err().contains("one minute"), "{text}");
        }
    }

    #[test]
    fn memory_is_read_as_slurm_reads_it() {
        for (text, shown) in
            [("4G", "4G"), ("4096", "4G"), ("500m", "500M"), ("1T", "1024G"), ("1K", "1M"), ("2050K", "3M")]
        {
            assert_eq!(text.parse::<Memory>().unwrap().to_string(), shown, "{text}");
        }
        for text in ["", "G", "4GB", "4 G", "-4G", "4.5G", "4G\n", "4P", "９G", "9999999999999G"] {
            assert!(text.parse::<Memory>().unwrap_err().starts_with("write a whole number"), "{text:?}");
        }
        for text in ["0", "0G", "999999999999T"] {
            assert!(text.parse::<Memory>().unwrap_err().contains("what one task needs"), "{text}");
        }
    }

    #[test]
    fn a_partition_is_a_plain_name() {
        for text in ["work", "gpu-a100,cpu_2", "v1.2"] {
            assert_eq!(text.parse::<Partition>().unwrap().to_string(), text);
        }
        for text in ["", "a b", "a;b", "$(b)", "a,", ",a", "-a", "a'", "a\nb", "ä"] {
            assert!(text.parse::<Partition>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn what_is_worked_out_is_rounded_up_and_has_an_end() {
        assert_eq!(TimeLimit::at_least(0.0).to_string(), "00:10:00");
        assert_eq!(TimeLimit::at_least(601.0).to_string(), "00:20:00");
        assert_eq!(TimeLimit::at_least(f64::INFINITY).to_string(), "365-00:00:00");
        assert_eq!(Memory::at_least(1.0).to_string(), "1G");
        assert_eq!(Memory::at_least(2.5 * f64::from(1 << 30)).to_string(), "3G");
    }
}
