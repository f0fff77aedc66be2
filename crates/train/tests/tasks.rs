//! Every task goes through a model, those without tokens, with numbers and with several questions at a step as well.

use layer::{Layer, Site};
use tasks::{Batch, Split, TASKS, Task};
use toml::Table;
use train::{Model, Readout, Shell, Training, evaluate, fit};

fn built(name: &str, settings: &str) -> Box<dyn Task> {
    let definition = TASKS.iter().find(|definition| definition.name == name).unwrap();
    (definition.build)(&settings.parse().unwrap()).unwrap()
}

fn model(definition: &layer::Definition, task: &dyn Task) -> Model {
    let site = Site { time: task.time(), width: 8, seed: 1 };
    let mixers: Vec<Box<dyn Layer>> = vec![(definition.build)(&Table::new(), site).unwrap()];
    Model::new(
        Shell {
            mixers,
            mlps: Vec::new(),
            positions: None,
            width: 8,
            embedding: true,
            readout: Readout::Step,
            residual: true,
            norm: true,
            seed: 7,
        },
        task,
    )
    .unwrap()
}

#[test]
fn every_task_has_a_loss_and_gradients() {
    let examples = TASKS.iter().map(|definition| (definition.name, definition.example));
    for (name, settings) in examples.chain([("function", "shape = 'bump'"), ("function", "shape = 'xor'")]) {
        let task = built(name, settings);
        let model = model(&attention::DEFINITION, task.as_ref());
        let batch = Batch::of(task.as_ref(), 0, Split::Train, 0, 5);
        let pass = model.pass(&batch);
        assert_eq!(pass.correct.len(), batch.targets.len(), "{name}");
        assert!(pass.loss.is_finite() && pass.loss > 0.0, "{name}: {}", pass.loss);
        let sizes = model.parameters().into_iter().map(|parameter| parameter.value.len());
        assert!(pass.gradients.slices().map(<[f32]>::len).eq(sizes), "{name}");
        assert!(pass.gradients.slices().flatten().all(|d| d.is_finite()), "{name}");
    }
}

/// A model of lines, fed with nothing but a number, becomes the best line: its loss is the floor of closed form.
#[test]
fn a_line_ends_at_the_floor_of_closed_form() {
    for shape in ["line", "abs"] {
        let task = built("function", &format!("shape = '{shape}'"));
        let mut line = model(&linear::DEFINITION, task.as_ref());
        let training = Training {
            steps: 400,
            warmup: 10,
            batch: 64,
            learning_rates: vec![1e-2],
            last_rate: 0.0,
            weight_decay: 0.0,
            clip: 1.0,
            evaluate_every: 400,
            solved: 1.0,
            validation: 64,
            test: 64,
        };
        fit(&mut line, task.as_ref(), &training, 1e-2, 0, &mut |_| true).unwrap();
        let loss = evaluate(&line, task.as_ref(), 0, Split::Test, 4000).loss;
        let floor = task.loss_floors()[0].1;
        // Of 4000 squared errors of `abs`, the mean has a deviation of 0.0012.
        assert!((loss - floor).abs() < 0.005, "{shape}: {loss} for {floor}");
    }
}
