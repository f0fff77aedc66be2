//! `lab`: the command line where layers, tasks, training and reports meet.

/// The system allocator returns freed buffers to the kernel and faults them in again at every training step.
#[global_allocator]
static ALLOCATOR: layer_testkit::PeakAllocator<mimalloc::MiMalloc> =
    layer_testkit::PeakAllocator::over(mimalloc::MiMalloc);

fn main() -> std::process::ExitCode {
    lab::main()
}
