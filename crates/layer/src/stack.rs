//! Layers in a row.

use ndarray::{Array2, Array3, Array4, ArrayView2, ArrayView3, ArrayViewD, ArrayViewMutD, Axis, CowArray};

use crate::affine::join;
use crate::{Cache, Cost, Gradients, Layer, Lengths, Matching, Named, Pace, Reach, Shape, ShapeError, Stream};

/// Layers in a row, each with a name that prefixes its parameters.
#[derive(Default)]
pub struct Stack(Vec<(String, Box<dyn Layer>)>);

impl Stack {
    /// Appends a layer; its parameters are called `{name}.…`.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, layer: Box<dyn Layer>) -> Self {
        self.0.push((name.into(), layer));
        self
    }

    /// The layers in order, with their names.
    pub fn layers(&self) -> impl Iterator<Item = (&str, &dyn Layer)> {
        self.0.iter().map(|(name, layer)| (name.as_str(), layer.as_ref()))
    }

    /// Each layer's own cache out of a cache of this stack, in order.
    pub fn caches(cache: &Cache) -> &[Cache] {
        cache.get::<Vec<Cache>>()
    }

    /// How many layers there are up to the last one that mixes steps, itself included.
    fn mixing(&self) -> usize {
        self.0.iter().rposition(|(_, layer)| mixes(layer.as_ref())).map_or(0, |last| last + 1)
    }
}

/// Whether an output step is more than the input step of the same number.
fn mixes(layer: &dyn Layer) -> bool {
    !(layer.reach().is_step() && layer.pace().keeps())
}

impl Layer for Stack {
    fn name(&self) -> &'static str {
        "stack"
    }

    fn output_shape(&self, input: Shape) -> Result<Shape, ShapeError> {
        self.0.iter().try_fold(input, |shape, (_, layer)| layer.output_shape(shape))
    }

    fn forward(&self, x: Array3<f32>) -> (Array3<f32>, Cache) {
        let mut caches = Vec::with_capacity(self.0.len());
        let y = self.0.iter().fold(x, |x, (_, layer)| {
            let (y, cache) = layer.forward(x);
            caches.push(cache);
            y
        });
        (y, Cache::new(caches))
    }

    fn backward(&self, cache: &Cache, d_y: ArrayView3<'_, f32>) -> (Array3<f32>, Gradients) {
        let mut d = d_y.to_owned();
        let mut parts = Vec::with_capacity(self.0.len());
        for ((_, layer), cache) in self.0.iter().zip(Self::caches(cache)).rev() {
            let (d_x, gradients) = layer.backward(cache, d.view());
            parts.push(gradients);
            d = d_x;
        }
        (d, parts.into_iter().rev().fold(Gradients::none(), Gradients::and))
    }

    fn parameters(&self) -> Vec<Named<ArrayViewD<'_, f32>>> {
        self.0
            .iter()
            .flat_map(|(name, layer)| {
                layer.parameters().into_iter().map(move |p| Named { name: join(name, &p.name), value: p.value })
            })
            .collect()
    }

    fn parameters_mut(&mut self) -> Vec<Named<ArrayViewMutD<'_, f32>>> {
        self.0
            .iter_mut()
            .flat_map(|(name, layer)| {
                let name = name.clone();
                layer.parameters_mut().into_iter().map(move |p| Named { name: join(&name, &p.name), value: p.value })
            })
            .collect()
    }

    fn reach(&self) -> Reach {
        let start = (Reach::step(), Pace::KEPT);
        let next = |(reach, pace): (Reach, Pace), layer: &dyn Layer| {
            (reach.then_at(pace, &layer.reach()), pace.then(layer.pace()))
        };
        self.0.iter().fold(start, |so_far, (_, layer)| next(so_far, layer.as_ref())).0
    }

    fn pace(&self) -> Pace {
        self.0.iter().fold(Pace::KEPT, |pace, (_, layer)| pace.then(layer.pace()))
    }

    fn cost(&self, input: Shape) -> Cost {
        let mut shape = input;
        self.0
            .iter()
            .map(|(_, layer)| {
                let cost = layer.cost(shape);
                shape = layer.output_shape(shape).expect("checked when the stack was built");
                cost
            })
            .sum()
    }

    fn is_affine(&self) -> bool {
        self.0.iter().all(|(_, layer)| layer.is_affine())
    }

    fn lengths(&self) -> Lengths {
        // From the last layer on: what suits those behind, seen from before the layer, and what suits the layer itself.
        self.0.iter().rev().fold(Lengths::Any, |behind, (_, layer)| layer.lengths().and(layer.pace().before(behind)))
    }

    fn is_permutation_equivariant(&self) -> bool {
        self.0.iter().all(|(_, layer)| layer.is_permutation_equivariant())
    }

    fn stream(&self, batch: usize) -> Option<Box<dyn Stream + '_>> {
        let parts: Option<Vec<_>> = self.0.iter().map(|(_, layer)| layer.stream(batch)).collect();
        Some(Box::new(Row(parts?)))
    }

    /// Those of the last layer that has any.
    fn attention_weights(&self, cache: &Cache) -> Option<Array4<f32>> {
        let layers = self.0.iter().zip(Self::caches(cache)).rev();
        layers.into_iter().find_map(|((_, layer), cache)| layer.attention_weights(cache))
    }

    fn matchings(&self, cache: &Cache) -> Vec<Matching> {
        let layers = self.0.iter().zip(Self::caches(cache));
        let found = |(name, layer, cache): (&String, &dyn Layer, &Cache)| {
            layer.matchings(cache).into_iter().map(|matching| matching.under(name)).collect::<Vec<_>>()
        };
        layers.flat_map(|((name, layer), cache)| found((name, layer.as_ref(), cache))).collect()
    }

    /// Layers before the last one that mixes steps run whole, that one for the step alone, and those behind it, each of which
    /// does the same to every step, on what came out: a sequence of one step.
    fn forward_step(&self, x: ArrayView3<'_, f32>, step: usize) -> Array2<f32> {
        let (mixing, rest) = self.0.split_at(self.mixing());
        let row = match mixing.split_last() {
            None => x.index_axis(Axis(1), step).to_owned(),
            Some(((_, last), [])) => last.forward_step(x, step),
            Some(((_, last), whole)) => {
                let x = whole.iter().fold(x.to_owned(), |x, (_, layer)| layer.forward(x).0);
                last.forward_step(x.view(), step)
            }
        };
        let row = row.insert_axis(Axis(1));
        rest.iter().fold(row, |row, (_, layer)| layer.forward(row).0).index_axis_move(Axis(1), 0)
    }

    /// Those of the last layer that has any; a layer that leaves steps alone has none. Where a layer behind changes the time,
    /// it is the query at which the step stands.
    fn match_step(&self, x: ArrayView3<'_, f32>, step: usize) -> Option<Array3<f32>> {
        let mixing = self.mixing();
        let (mut x, mut found) = (CowArray::from(x), None);
        for (place, (_, layer)) in self.0[..mixing].iter().enumerate() {
            if mixes(layer.as_ref()) {
                let behind = self.0[place + 1..].iter().fold(Pace::KEPT, |pace, (_, layer)| pace.then(layer.pace()));
                found = layer.match_step(x.view(), behind.home(step)).or(found);
            }
            if place + 1 < mixing {
                x = layer.forward(x.into_owned()).0.into();
            }
        }
        found
    }
}

/// Streams in a row.
struct Row<'a>(Vec<Box<dyn Stream + 'a>>);

impl Stream for Row<'_> {
    fn step(&mut self, x: ArrayView2<'_, f32>) -> Array2<f32> {
        self.0.iter_mut().fold(x.to_owned(), |x, stream| stream.step(x.view()))
    }

    fn state(&self) -> usize {
        self.0.iter().map(|stream| stream.state()).sum()
    }
}
