//! What the system knows of this process. Linux tells; elsewhere nothing is known.

use std::fs;

/// The most memory that was resident so far, in bytes.
pub fn peak_resident() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// Page faults so far that read nothing from a disk, all threads: how often fresh memory was asked for.
pub fn minor_faults() -> Option<u64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program stands in brackets and may hold spaces; minflt is the eighth field after it.
    stat.rsplit_once(')')?.1.split_whitespace().nth(7)?.parse().ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn fresh_memory_is_seen() {
        let before = minor_faults().unwrap();
        let held = std::hint::black_box(vec![1u8; 64 << 20]);
        assert!(peak_resident().unwrap() >= held.len() as u64);
        assert!(minor_faults().unwrap() > before);
    }
}
