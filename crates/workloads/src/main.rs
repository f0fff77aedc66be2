//! `workloads`: times what the lab does, by hand (`run`) or for a program that compares implementations (`serve`).

mod serve;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use kernels::isa::Isa;
use rayon::{ThreadPool, ThreadPoolBuilder};
use workloads::sample::Sample;
use workloads::{Amount, all, find, layers};

/// As in the `lab` binary: the system's allocator gives pages back between steps and faults them in again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Times layers, training steps and long attention, and what the machine can do at most.
#[derive(Parser)]
#[command(name = "workloads", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Every work, and what one run of it amounts to on one thread; layers can be had at any other size, too.
    List,
    /// Time one work and print one line.
    Run {
        /// Its name, as `workloads list` shows it.
        work: String,
        /// Threads to run on.
        #[arg(long, default_value = "1", value_parser = clap::value_parser!(u16).range(1..=1024))]
        threads: u16,
        /// Runs to time, after those that warm up.
        #[arg(long, default_value = "10", value_parser = clap::value_parser!(u32).range(1..))]
        samples: u32,
    },
    /// Answer `prepare WORK`, `time REPS`, `rss` and `about` on stdin, a line each, until it ends.
    Serve {
        /// Threads to run on.
        #[arg(long, default_value = "1", value_parser = clap::value_parser!(u16).range(1..=1024))]
        threads: u16,
    },
}

fn pool(threads: u16) -> ThreadPool {
    ThreadPoolBuilder::new().num_threads(threads.into()).build().expect("threads can be started")
}

fn main() -> ExitCode {
    let asked = Cli::parse().command;
    let done = Isa::from_environment().map_err(|unsupported| unsupported.to_string()).and_then(|_| match asked {
        Command::List => {
            list();
            Ok(())
        }
        Command::Run { work, threads, samples } => find(&work)
            .map(|work| println!("{}", Sample::of(work, &pool(threads), samples as usize)))
            .map_err(|unknown| unknown.to_string()),
        Command::Serve { threads } => serve::serve(&pool(threads)),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

fn list() {
    for work in all() {
        match work.amount(1) {
            Amount::Flops(flops) => println!("{:28} {flops:>18} FLOPs", work.name),
            Amount::Bytes(bytes) => println!("{:28} {bytes:>18} bytes", work.name),
        }
    }
    // Beside the list: a line of stdout is a work.
    let names: Vec<&str> = layers::names().collect();
    eprintln!("also layer/NAME/BxTxD and layer/NAME/BxTxD/forward at any size; NAME is {}", names.join(", "));
}
