//! The text that submits a sweep: one bash script, with both jobs in it.

use super::needs::Needs;
use crate::allocation::Partition;
use crate::error::LabError;
use crate::request::Request;

/// All that stands in it. Whatever comes from names, paths and options is quoted for the shell where it is written.
pub struct Script<'a> {
    /// Path of the lab.
    pub program: String,
    /// Folder in which jobs start.
    pub root: String,
    /// Name of the experiment.
    pub name: &'a str,
    /// What is run.
    pub request: &'a Request,
    /// Folder for the results, as seen from the root.
    pub folder: String,
    /// How many cells there are.
    pub cells: usize,
    /// In how many parts.
    pub shards: u32,
    /// What a task gets.
    pub needs: Needs,
    /// Where it runs, if that was said.
    pub partition: Option<&'a Partition>,
}

impl Script<'_> {
    /// The text.
    ///
    /// # Errors
    /// When a name or path holds a sign that has no place in a line.
    pub fn text(&self) -> Result<String, LabError> {
        let Self { cells, shards, .. } = self;
        let (parts, logs) = (format!("{}/shards", self.folder), format!("{}/slurm", self.folder));
        // Slurm puts a job's numbers where it sees a %, and takes a \ as a word that it should not.
        if self.folder.contains('\\') {
            let message = format!("{}: Slurm's paths take no \\", self.folder);
            return Err(LabError::usage(message, "choose another folder with --out DIR"));
        }
        let log = |file: &str| quoted(&format!("{}/{file}", logs.replace('%', "%%")));
        let profile = self.request.profile.name();
        let lines = [
            "#!/usr/bin/env bash".to_owned(),
            format!(
                "# {}, {profile} profile: {cells} cells in {shards} shards, and the merge behind them.",
                one_line(self.name)?
            ),
            "# Made by `lab slurm`; start it with bash where sbatch is. A task that is requeued goes on where it was."
                .into(),
            "# After a failure, start this again: what is finished is kept.".to_owned(),
            "set -euo pipefail".to_owned(),
            format!("cd -- {}", quoted(&self.root)?),
            format!("mkdir -p -- {}", quoted(&logs)?),
            String::new(),
            format!("array=$(sbatch --parsable --output={} <<'END'", log("%A_%a.log")?),
            self.array(&parts)?,
            "END".to_owned(),
            ")".to_owned(),
            "# Where there are several clusters, the name of this one stands behind the number.".to_owned(),
            "array=${array%%;*}".to_owned(),
            String::new(),
            "# Whatever became of the shards: where cells are missing, the merge says which, and ends with 3."
                .to_owned(),
            format!(
                "merge=$(sbatch --parsable --dependency=\"afterany:$array\" --output={} <<'END'",
                log("%j_merge.log")?
            ),
            self.merge(&parts)?,
            "END".to_owned(),
            ")".to_owned(),
            String::new(),
            format!("echo \"submitted: $array ({shards} shards) and ${{merge%%;*}} (merge)\""),
        ];
        Ok(lines.join("\n") + "\n")
    }

    /// The job of the shards.
    fn array(&self, parts: &str) -> Result<String, LabError> {
        let Self { needs, shards, .. } = self;
        let mut lines = self.head("shards")?;
        let mut ask = |option: String| lines.push(format!("#SBATCH {option}"));
        ask(format!("--array=1-{shards}"));
        ask("--requeue".to_owned());
        ask("--open-mode=append".to_owned());
        if let Some(cores) = needs.cores {
            ask(format!("--cpus-per-task={cores}"));
        }
        if needs.alone {
            // Nothing else runs where something is timed.
            ask("--nodes=1".to_owned());
            ask("--exclusive".to_owned());
        }
        ask(format!("--mem={}", needs.memory.map_or("0".to_owned(), |memory| memory.to_string())));
        ask(format!("--time={}", needs.time));
        let threads = if needs.cores.is_some() { "SLURM_CPUS_PER_TASK" } else { "SLURM_CPUS_ON_NODE" };
        lines.extend(self.begin());
        let asked = self.asked()?;
        lines.push(format!(
            "exec {} --root . run {asked} --shard \"${{SLURM_ARRAY_TASK_ID}}/{shards}\" --out {}/\"${{SLURM_ARRAY_TASK_ID}}\"-of-{shards} \
             --wait --threads \"${{{threads}}}\"",
            quoted(&self.program)?,
            quoted(parts)?
        ));
        Ok(lines.join("\n"))
    }

    /// The job that joins them.
    fn merge(&self, parts: &str) -> Result<String, LabError> {
        let Self { shards, .. } = self;
        let (memory, time) = &self.needs.merge;
        let mut lines = self.head("merge")?;
        let asks = ["--requeue".to_owned(), "--open-mode=append".to_owned(), "--cpus-per-task=1".to_owned()];
        let asks = asks.into_iter().chain([format!("--mem={memory}"), format!("--time={time}")]);
        lines.extend(asks.map(|option| format!("#SBATCH {option}")));
        lines.extend(self.begin());
        lines.push(format!(
            "exec {} --root . merge {}/{{1..{shards}}}-of-{shards} --out {}",
            quoted(&self.program)?,
            quoted(parts)?,
            quoted(&self.folder)?
        ));
        Ok(lines.join("\n"))
    }

    /// The first lines of a job.
    fn head(&self, what: &str) -> Result<Vec<String>, LabError> {
        // sbatch reads these lines by rules of its own, so a name is cut down to what is plain in any of them.
        let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' };
        let name: String = self.name.chars().map(plain).collect();
        let mut lines = vec!["#!/usr/bin/env bash".to_owned(), format!("#SBATCH --job-name=lab-{name}-{what}")];
        lines.extend(self.partition.map(|partition| format!("#SBATCH --partition={partition}")));
        Ok(lines)
    }

    /// The first lines of what a job does. All nodes take the instruction set of where this is written: cells of two sets
    /// are cells of two sweeps.
    fn begin(&self) -> [String; 2] {
        ["set -euo pipefail".to_owned(), format!("export LAB_ISA={}", kernels::isa::in_use().name())]
    }

    /// The sweep, as arguments of `lab run`.
    fn asked(&self) -> Result<String, LabError> {
        let Request { experiment, profile, overrides, layers, seeds } = self.request;
        let mut words = vec![quoted(experiment)?];
        for change in overrides {
            words.push(quoted(change)?);
        }
        words.push(format!("--{}", profile.name()));
        for list in layers {
            words.push(quoted(&format!("--layers={list}"))?);
        }
        words.extend(seeds.map(|seeds| format!("--seeds {seeds}")));
        Ok(words.join(" "))
    }
}

/// The text, if it is one line: a line of its own could end a here-document, or a comment.
fn one_line(text: &str) -> Result<&str, LabError> {
    if text.chars().any(char::is_control) {
        return Err(LabError::usage(
            format!("{text:?} holds a line break or another control character"),
            "write it in one line, without tabs",
        ));
    }
    Ok(text)
}

/// The text as one word of a shell.
fn quoted(text: &str) -> Result<String, LabError> {
    let quoted = shlex::try_quote(one_line(text)?).expect("a control character was refused");
    Ok(quoted.into_owned())
}
