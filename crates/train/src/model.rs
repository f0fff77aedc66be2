//! Embedding, blocks and read-out as one model.

use kernels::split;
use layer::affine::flatten;
use layer::{
    Affine, Cost, Gradients, Identity, Layer, Matching, Named, Norm, Reach, Residual, Shape, ShapeError, Stack,
};
use ndarray::{Array2, Array3, ArrayView2, ArrayView3, ArrayViewD, ArrayViewMutD, Axis, s};
use serde::{Deserialize, Serialize};
use tasks::{Answer, Batch, BatchTarget, Task};

use crate::embedding::Embedding;
use crate::loss::{Loss, Scoring};

/// What is put around the mixers; everything but them is equal for all layers.
pub struct Shell {
    /// One mixer for each depth.
    pub mixers: Vec<Box<dyn Layer>>,
    /// One per-step MLP for each depth, or none at all.
    pub mlps: Vec<Box<dyn Layer>>,
    /// Position vectors `(time, width)` that are added to the embeddings of every layer alike.
    pub positions: Option<Array2<f32>>,
    /// Features at a step, where the task's input is embedded.
    pub width: usize,
    /// Whether the input is embedded. If not, the body sees the task's numbers as they are, so many features as there are.
    pub embedding: bool,
    /// What an answer is read from.
    pub readout: Readout,
    /// Whether a mixer's output is added to its input: x + mixer(x), or mixer(x).
    pub residual: bool,
    /// Whether mixers and read-out see normalised vectors. A model of affine layers alone has no norm in any case.
    pub norm: bool,
    /// Seed of embedding and read-out.
    pub seed: u64,
}

/// What an answer is read from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Readout {
    /// The step of the question; where the body changes the time, the last that stands at it or before it.
    #[default]
    Step,
    /// All steps, as one row of numbers.
    Sequence,
    /// The mean over steps, which does not know their order.
    Mean,
}

/// A model for one task.
pub struct Model {
    embedding: Option<Embedding>,
    positions: Option<Array2<f32>>,
    body: Stack,
    /// What goes into the body, for a sequence.
    input: Shape,
    readout: Affine,
    from: Readout,
    scoring: Scoring,
}

/// Loss, right answers and gradients of a batch.
pub struct Pass {
    /// Mean over the questions: of cross-entropy, in nats, or of squared error.
    pub loss: f64,
    /// Whether each target was answered rightly.
    pub correct: Vec<bool>,
    /// Gradients of the mean loss.
    pub gradients: Gradients,
}

/// Steps that one micro-batch holds: small enough to stay in a core's cache, and fixed, so that gradients are summed
/// in the same order whatever the number of threads.
const MICRO_BATCH_STEPS: usize = 256;

impl Model {
    /// Puts the shell around its mixers for `task`.
    ///
    /// # Errors
    /// When a mixer cannot take what comes out of the one before it.
    ///
    /// # Panics
    /// When the input is not embedded and has tokens.
    pub fn new(shell: Shell, task: &dyn Task) -> Result<Self, ShapeError> {
        let Shell { mixers, mlps, positions, width, embedding, readout: from, residual, norm, seed } = shell;
        let embedding = embedding.then(|| Embedding::new(&task.vocabularies(), task.values(), width, seed));
        assert!(embedding.is_some() || task.vocabularies().is_empty(), "tokens are embedded");
        let input = Shape::new(1, task.time(), if embedding.is_some() { width } else { task.values() });
        let plain = !norm || mixers.iter().chain(&mlps).all(|layer| layer.is_affine());
        let normed = |name: &str, layer: Box<dyn Layer>, width: usize| -> Box<dyn Layer> {
            let mut block = Stack::default();
            if !plain {
                block = block.with(format!("{name}_norm"), Box::new(Norm::new(width)));
            }
            let block = Box::new(block.with(name, layer));
            if residual { Box::new(Residual(block)) } else { block }
        };
        let mut mlps = mlps.into_iter();
        let mut body = Stack::default();
        for (depth, mixer) in mixers.into_iter().enumerate() {
            let width = body.output_shape(input)?.feature;
            body = body.with(format!("blocks.{depth}"), normed("mixer", mixer, width));
            if let Some(mlp) = mlps.next() {
                let width = body.output_shape(input)?.feature;
                body = body.with(format!("blocks.{depth}"), normed("mlp", mlp, width));
            }
        }
        let output = body.output_shape(input)?;
        let last: Box<dyn Layer> = if plain { Box::new(Identity) } else { Box::new(Norm::new(output.feature)) };
        let body = body.with("norm", last);
        let read = match from {
            Readout::Step | Readout::Mean => output.feature,
            Readout::Sequence => output.time * output.feature,
        };
        let readout = Affine::new(read, task.slots() * task.classes(), seed, "readout");
        let scoring = Scoring { classes: task.classes(), tolerance: task.tolerance().unwrap_or(0.0) };
        Ok(Self { embedding, positions, body, input, readout, from, scoring })
    }

    /// The layers between embedding and read-out.
    pub fn body(&self) -> &Stack {
        &self.body
    }

    /// Which input steps can touch an answer, through all blocks. Where the body changes the time, it is an answer at the last
    /// step, since its lags are counted from there.
    pub fn reach(&self) -> Reach {
        let (pace, last) = (self.body.pace(), self.input.time - 1);
        match self.from {
            Readout::Sequence | Readout::Mean => Reach::Everywhere,
            Readout::Step if pace.keeps() => self.body.reach(),
            Readout::Step => {
                let stands = pace.home(pace.last_at(last).min(pace.output(last + 1) - 1));
                self.body.reach().then(&Reach::lags([(last - stands) as isize]))
            }
        }
    }

    /// Cost of `batch` sequences of which `targets` steps in all are read out, embedding and read-out included.
    pub fn cost(&self, batch: usize, time: usize, targets: usize) -> Cost {
        let body = self.body.cost(Shape { batch, time, ..self.input });
        let embedding: usize = self.embedding.iter().flat_map(Embedding::parameters).map(|p| p.value.len()).sum();
        let readout = Cost {
            parameters: embedding as u64 + self.readout.parameter_count(),
            flops_forward: self.readout.flops(targets),
            flops_backward: 2 * self.readout.flops(targets),
            bytes_kept: 4 * (targets * self.readout.input()) as u64,
        };
        body + readout
    }

    /// All parameters, in one fixed order.
    pub fn parameters(&self) -> Vec<Named<ArrayViewD<'_, f32>>> {
        let mut all: Vec<_> = self.embedding.iter().flat_map(Embedding::parameters).collect();
        all.extend(self.body.parameters());
        all.extend(self.readout.parameters("readout"));
        all
    }

    /// The same, to be written to.
    pub fn parameters_mut(&mut self) -> Vec<Named<ArrayViewMutD<'_, f32>>> {
        let mut all: Vec<_> = self.embedding.iter_mut().flat_map(Embedding::parameters_mut).collect();
        all.extend(self.body.parameters_mut());
        all.extend(self.readout.parameters_mut("readout"));
        all
    }

    /// What is read out, a row of `slots · classes` numbers for each step that is asked, in order; and the row of each
    /// question.
    pub fn read(&self, batch: &Batch) -> (Array2<f32>, Vec<usize>) {
        let (hidden, rows) = self.hidden(batch);
        (self.readout.rows(hidden.view()), rows)
    }

    /// The vectors `(steps that are asked, width)` that are read out; and the row of each question.
    pub fn hidden(&self, batch: &Batch) -> (Array2<f32>, Vec<usize>) {
        let (hidden, _) = self.body.forward(self.embed(batch.tokens.view(), batch.values.view()));
        let hidden = self.offered(hidden);
        let asked = self.asked(&batch.targets, 0, hidden.dim().1);
        (asked.gather(hidden.view()), asked.row)
    }

    /// What the model answers to each question of a batch: the likeliest class with its probability, or the number, of which
    /// no probability is known: 1.
    pub fn answers(&self, batch: &Batch) -> Vec<(Answer, f64)> {
        let (readout, rows) = self.read(batch);
        let asked = rows.into_iter().zip(&batch.targets);
        asked.map(|(row, asked)| self.scoring.answer(readout.row(row), &asked.target)).collect()
    }

    /// All that is matched in a forward of a batch, in the order of the model.
    pub fn matchings(&self, batch: &Batch) -> Vec<Matching> {
        let (_, cache) = self.body.forward(self.embed(batch.tokens.view(), batch.values.view()));
        self.body.matchings(&cache)
    }

    /// What the model makes of a batch's questions; the total is over all of them.
    pub fn score(&self, batch: &Batch) -> Loss {
        let (readout, rows) = self.read(batch);
        self.scoring.loss(readout, rows.into_iter().zip(batch.targets.iter().map(|t| &t.target)), 1.0)
    }

    /// [`score`](Self::score) where all questions stand at one step, and the mixing weights of that step's query,
    /// (batch, heads, step), of the last layer that has any. No other step is read out, so sequences may be of any length.
    ///
    /// # Panics
    /// When there is no question, one stands at another step, or answers are not read from a step.
    pub fn score_step(&self, batch: &Batch) -> (Loss, Option<Array3<f32>>) {
        let step = batch.targets.first().expect("a question").target.step;
        assert!(batch.targets.iter().all(|t| t.target.step == step), "questions stand at several steps");
        assert_eq!(self.from, Readout::Step, "answers are not read from a step");
        let step = self.stands(step, self.body.pace().output(batch.values.dim().1));
        let x = self.embed(batch.tokens.view(), batch.values.view());
        let readout = self.readout.rows(self.body.forward_step(x.view(), step).view());
        let loss = self.scoring.loss(readout, batch.targets.iter().map(|t| (t.sequence, &t.target)), 1.0);
        (loss, self.body.match_step(x.view(), step))
    }

    /// Loss and gradients of a batch, micro-batch by micro-batch, summed in order. On a thread of a rayon pool
    /// micro-batches run side by side; the result is the same to the bit.
    pub fn pass(&self, batch: &Batch) -> Pass {
        let (sequences, time, _) = batch.tokens.dim();
        let micro = (MICRO_BATCH_STEPS / time).max(1);
        let scale = 1.0 / batch.targets.len() as f32;
        let parts = split::map((0..sequences).step_by(micro).collect(), |start| {
            self.micro_pass(batch, start, (start + micro).min(sequences), scale)
        });
        let (losses, gradients): (Vec<Loss>, Vec<Gradients>) = parts.into_iter().unzip();
        let total: f64 = losses.iter().map(|loss| loss.total).sum();
        let correct = losses.into_iter().flat_map(|loss| loss.correct).collect();
        Pass { loss: total / batch.targets.len() as f64, correct, gradients: Gradients::sum(gradients) }
    }

    fn micro_pass(&self, batch: &Batch, start: usize, end: usize, scale: f32) -> (Loss, Gradients) {
        let tokens = batch.tokens.slice(s![start..end, .., ..]);
        let from = batch.targets.partition_point(|t| t.sequence < start);
        let to = batch.targets.partition_point(|t| t.sequence < end);
        let targets = &batch.targets[from..to];
        let values = batch.values.slice(s![start..end, .., ..]);
        let (hidden, cache) = self.body.forward(self.embed(tokens, values));
        let shape = hidden.raw_dim();
        let hidden = self.offered(hidden);
        let asked = self.asked(targets, start, hidden.dim().1);
        let rows = asked.gather(hidden.view());
        let questions = asked.row.iter().copied().zip(targets.iter().map(|t| &t.target));
        let loss = self.scoring.loss(self.readout.rows(rows.view()), questions, scale);
        let (d_rows, d_readout) = self.readout.backward_rows(rows.view(), loss.d_readout.view());
        let d_hidden = self.taken_back(asked.scatter(d_rows.view(), hidden.raw_dim()), shape);
        let (d_x, d_body) = self.body.backward(&cache, d_hidden.view());
        let d_embedding = self.embedding.as_ref().map(|embedding| embedding.backward(tokens, values, d_x.view()));
        (loss, d_embedding.unwrap_or_else(Gradients::none).and(d_body).and(d_readout))
    }

    /// What there is to read answers from, (sequences, steps, numbers): the steps, or one row made of all of them.
    fn offered(&self, hidden: Array3<f32>) -> Array3<f32> {
        let (sequences, time, width) = hidden.dim();
        match self.from {
            Readout::Step => hidden,
            Readout::Sequence => hidden.into_shape_with_order((sequences, 1, time * width)).expect("row-major"),
            Readout::Mean => hidden.mean_axis(Axis(1)).expect("at least one step").insert_axis(Axis(1)),
        }
    }

    /// The transpose of [`offered`](Self::offered), to steps of this shape.
    fn taken_back(&self, d_offered: Array3<f32>, shape: ndarray::Ix3) -> Array3<f32> {
        match self.from {
            Readout::Step => d_offered,
            Readout::Sequence => d_offered.into_shape_with_order(shape).expect("row-major"),
            Readout::Mean => (d_offered / shape[1] as f32).broadcast(shape).expect("one row for all steps").to_owned(),
        }
    }

    /// Which of `time` steps that are offered answers a question at `step`.
    fn stands(&self, step: usize, time: usize) -> usize {
        match self.from {
            Readout::Step => self.body.pace().last_at(step).min(time - 1),
            Readout::Sequence | Readout::Mean => 0,
        }
    }

    /// Questions in order, the first sequence being number `first`, of which `time` steps are offered each.
    fn asked(&self, targets: &[BatchTarget], first: usize, time: usize) -> Asked {
        Asked::of(targets.iter().map(|t| (t.sequence - first) * time + self.stands(t.target.step, time)))
    }

    /// What the body sees: `(sequences, time, channels)` tokens and `(sequences, time, values)` numbers to
    /// `(sequences, time, width)`.
    pub fn embed(&self, tokens: ArrayView3<'_, u32>, values: ArrayView3<'_, f32>) -> Array3<f32> {
        let Some(embedding) = &self.embedding else { return values.to_owned() };
        let mut x = embedding.forward(tokens, values);
        if let Some(positions) = &self.positions {
            x.axis_iter_mut(Axis(0)).for_each(|mut sequence| sequence += positions);
        }
        x
    }
}

/// The steps that are read out, each once, whatever number of questions it is asked.
struct Asked {
    /// Row of `(batch·time, width)` of each such step.
    steps: Vec<usize>,
    /// For each question, which of these steps answers it.
    row: Vec<usize>,
}

impl Asked {
    /// Of the rows of questions, in order.
    fn of(rows: impl Iterator<Item = usize>) -> Self {
        let mut asked = Self { steps: Vec::new(), row: Vec::new() };
        for step in rows {
            if asked.steps.last() != Some(&step) {
                asked.steps.push(step);
            }
            asked.row.push(asked.steps.len() - 1);
        }
        asked
    }

    /// The rows of these steps, `(steps, width)`.
    fn gather(&self, hidden: ArrayView3<'_, f32>) -> Array2<f32> {
        flatten(&hidden).select(Axis(0), &self.steps)
    }

    /// The transpose of [`gather`](Self::gather).
    fn scatter(&self, d_rows: ArrayView2<'_, f32>, shape: ndarray::Ix3) -> Array3<f32> {
        let mut d_hidden = Array3::zeros(shape);
        for (step, d_row) in self.steps.iter().zip(d_rows.rows()) {
            let mut row = d_hidden.slice_mut(s![step / shape[1], step % shape[1], ..]);
            row += &d_row;
        }
        d_hidden
    }
}
