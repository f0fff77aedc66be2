"""The other end of the protocol: starts a worker, pins it, asks it, and knows when it is gone."""

import os
import subprocess


class Refused(Exception):
    """What was asked cannot be done here; one line that says what to change."""


class Cannot(Exception):
    """The worker lives and does not do this work."""


class Gone(Exception):
    """The worker ended, or answered what the protocol does not have."""


def cores(threads):
    """The last ones: the first core is where a system likes to handle its interrupts."""
    available = sorted(os.sched_getaffinity(0))
    if threads > len(available):
        raise Refused(f"--threads {threads}: this machine has {len(available)} cores; ask for at most that many")
    return available[-threads:]


def environment(threads):
    counts = dict.fromkeys(["OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"], str(threads))
    return os.environ | counts | {"OMP_PROC_BIND": "true"}


class Worker:
    """A running worker. Every implementation gets the same cores and the same variables."""

    def __init__(self, command, threads, stderr=None):
        pinned = cores(threads)
        self.threads = threads
        try:
            self.process = subprocess.Popen(
                [*command, "--threads", str(threads)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                env=environment(threads),
                preexec_fn=lambda: os.sched_setaffinity(0, pinned),
            )
        except OSError as error:
            raise Gone(f"does not start: {error.strerror}") from error

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """End of input ends it; one that is busy is not waited for."""
        self.process.stdin.close()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    def ask(self, command, expected):
        """The words after `expected`, which is the first word of a good answer."""
        try:
            self.process.stdin.write(command + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        except OSError:
            answer = ""
        if not answer:
            raise Gone(f"ended with code {self.process.wait()} at {command!r}")
        first, _, rest = answer.strip().partition(" ")
        if first == "cannot":
            raise Cannot(rest)
        if first != expected:
            raise Gone(f"answered {answer.strip()!r} to {command!r}")
        return rest

    def prepare(self, work):
        self.ask(f"prepare {work}", "ready")

    def time(self, runs):
        return float(self.ask(f"time {runs}", "took"))

    def version(self):
        return self.ask("about", "about").split()[-1]
