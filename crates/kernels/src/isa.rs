//! The instruction set that vector code runs on: chosen once, at run time.
//!
//! Kernels are written once, over [`pulp::Simd`], and compiled for each set. All of them give the same answers up to
//! rounding: they differ in how many numbers a register holds, and whether a multiply-add rounds once or twice.
//!
//! The environment variable `LAB_ISA` forces a set, for instance to get on a new processor the digits of an old one.

use std::any::TypeId;
use std::cell::Cell;
use std::sync::OnceLock;

#[cfg(target_arch = "aarch64")]
use pulp::aarch64::Neon;
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
use pulp::x86::{V3, V4};
use pulp::{Scalar128b, Simd, WithSimd};

/// An instruction set that this machine has.
#[derive(Clone, Copy, Debug)]
pub struct Isa(Token);

#[derive(Clone, Copy, Debug)]
enum Token {
    /// Four numbers at a time in plain Rust; the compiler finds vector instructions that every machine has.
    Portable(Scalar128b),
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    Avx2(V3),
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    Avx512(V4),
    #[cfg(target_arch = "aarch64")]
    Neon(Neon),
}

/// Why an instruction set can't be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsupported(String);

impl std::fmt::Display for Unsupported {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unsupported {}

thread_local! {
    static FORCED: Cell<Option<Isa>> = const { Cell::new(None) };
}

impl Isa {
    /// All sets that this machine has, the slowest first.
    pub fn all() -> Vec<Self> {
        let all = [
            Some(Token::Portable(Scalar128b)),
            #[cfg(target_arch = "aarch64")]
            Neon::try_new().map(Token::Neon),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            V3::try_new().map(Token::Avx2),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            V4::try_new().map(Token::Avx512),
        ];
        all.into_iter().flatten().map(Self).collect()
    }

    /// `portable`, `neon`, `avx2` or `avx512`.
    pub fn name(self) -> &'static str {
        match self.0 {
            Token::Portable(_) => "portable",
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Token::Avx2(_) => "avx2",
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Token::Avx512(_) => "avx512",
            #[cfg(target_arch = "aarch64")]
            Token::Neon(_) => "neon",
        }
    }

    /// The fastest of them.
    fn fastest() -> Self {
        *Self::all().last().expect("the portable set is everywhere")
    }

    /// What `LAB_ISA` asks for, or the fastest.
    ///
    /// # Errors
    /// When it names no set of this machine. Kernels then run on the fastest; a program asks here once, at its start, and
    /// stops.
    pub fn from_environment() -> Result<Self, Unsupported> {
        let Some(name) = std::env::var_os("LAB_ISA") else { return Ok(Self::fastest()) };
        let all = Self::all();
        all.iter().find(|isa| name == isa.name()).copied().ok_or_else(|| {
            let names: Vec<&str> = all.iter().map(|isa| isa.name()).collect();
            Unsupported(format!("LAB_ISA is {name:?}, but this machine has: {}", names.join(", ")))
        })
    }
}

/// Runs `work` with kernels of this thread, and what they share out over its pool, on one instruction set.
pub fn force<T>(isa: Isa, work: impl FnOnce() -> T) -> T {
    struct Restore(Option<Isa>);
    impl Drop for Restore {
        fn drop(&mut self) {
            FORCED.set(self.0);
        }
    }
    let _restore = Restore(FORCED.replace(Some(isa)));
    work()
}

/// Runs `work`, compiled for the set in use. What is not inlined into it is not.
#[inline]
pub(crate) fn run<Work: WithSimd>(work: Work) -> Work::Output {
    match in_use().0 {
        Token::Portable(simd) => Simd::vectorize(simd, work),
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        Token::Avx2(simd) => Simd::vectorize(simd, work),
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        Token::Avx512(simd) => Simd::vectorize(simd, work),
        #[cfg(target_arch = "aarch64")]
        Token::Neon(simd) => Simd::vectorize(simd, work),
    }
}

/// a·b + c, rounded once where there is an instruction for it, else twice.
#[inline(always)]
pub(crate) fn mul_add<S: Simd>(simd: S, a: S::f32s, b: S::f32s, c: S::f32s) -> S::f32s {
    // In portable code pulp would round once at any price, that of a library call.
    if TypeId::of::<S>() == TypeId::of::<Scalar128b>() {
        simd.add_f32s(simd.mul_f32s(a, b), c)
    } else {
        simd.mul_add_e_f32s(a, b, c)
    }
}

/// The set that kernels of this thread run on: that of [`force`], else that of `LAB_ISA`, else the fastest.
pub fn in_use() -> Isa {
    static CHOSEN: OnceLock<Isa> = OnceLock::new();
    FORCED.get().unwrap_or_else(|| *CHOSEN.get_or_init(|| Isa::from_environment().unwrap_or_else(|_| Isa::fastest())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forcing_ends_with_the_work() {
        let before = in_use().name();
        let portable = Isa::all()[0];
        assert_eq!(force(portable, || in_use().name()), "portable");
        assert_eq!(in_use().name(), before);
    }
}
