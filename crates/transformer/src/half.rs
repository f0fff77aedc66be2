//! The encoder or the decoder: blocks of sublayers in a row.

use layer::affine::join;
use layer::{Cache, Cost, Gradients, Layer as _, Named, Norm, Shape, Site};
use ndarray::{Array2, Array3, ArrayView3, ArrayViewD, ArrayViewMutD};

use crate::attention::{Asked, Attention};
use crate::mlp::Mlp;
use crate::options::{Order, Settings};
use crate::sublayer::{self, Inside, Sublayer};

/// The sublayers of all blocks, and the norm after them where norms stand first.
pub(crate) struct Half {
    name: &'static str,
    pub(crate) sublayers: Vec<Sublayer>,
    norm: Option<Norm>,
}

pub(crate) struct Kept {
    pub(crate) sublayers: Vec<sublayer::Kept>,
    norm: Option<Cache>,
}

impl Half {
    /// Blocks of self-attention without a mask, and MLP.
    pub(crate) fn encoder(settings: Settings, site: Site) -> Self {
        Self::new("encoder", &["self", "mlp"], false, settings, site)
    }

    /// Blocks of self-attention, attention to the memory, and MLP.
    pub(crate) fn decoder(settings: Settings, site: Site) -> Self {
        Self::new("decoder", &["self", "cross", "mlp"], settings.mask, settings, site)
    }

    fn new(name: &'static str, parts: &[&str], causal: bool, settings: Settings, site: Site) -> Self {
        let Site { width, seed, .. } = site;
        let attention = |causal, name: &str| Attention::new(width, settings.heads, causal, seed, name);
        let sublayer = |block: usize, part: &str| {
            let name = format!("{name}.{block}.{part}");
            let inside = match part {
                "self" => Inside::SelfAttention(attention(causal, &name)),
                "cross" => Inside::CrossAttention(attention(false, &name)),
                _ => Inside::Mlp(Mlp::new(width, settings.expansion * width, seed, &name)),
            };
            Sublayer { name, norm: Norm::new(width), order: settings.norm, residual: settings.residual, inside }
        };
        Self {
            name,
            sublayers: (0..settings.depth)
                .flat_map(|block| parts.iter().map(move |part| (block, *part)))
                .map(|(block, part)| sublayer(block, part))
                .collect(),
            norm: (settings.norm == Order::Pre).then(|| Norm::new(width)),
        }
    }

    /// `x` (batch, time, width) to the same; the decoder looks at `memory` (batch, steps, width).
    pub(crate) fn forward(&self, x: Array3<f32>, memory: Option<ArrayView3<'_, f32>>) -> (Array3<f32>, Kept) {
        let mut sublayers = Vec::with_capacity(self.sublayers.len());
        let y = self.sublayers.iter().fold(x, |x, sublayer| {
            let (y, kept) = sublayer.forward(x, memory);
            sublayers.push(kept);
            y
        });
        match &self.norm {
            None => (y, Kept { sublayers, norm: None }),
            Some(norm) => {
                let (y, cache) = norm.forward(y);
                (y, Kept { sublayers, norm: Some(cache) })
            }
        }
    }

    /// Gradients of `x` and of the parameters. That of the memory is a sum over all blocks, added to `d_memory`
    /// (batch·steps, width).
    pub(crate) fn backward(
        &self,
        kept: &Kept,
        mut memory: Option<(ArrayView3<'_, f32>, &mut Array2<f32>)>,
        d_y: Array3<f32>,
    ) -> (Array3<f32>, Gradients) {
        let (mut d, mut parts) = (d_y, Vec::with_capacity(self.sublayers.len() + 1));
        if let (Some(norm), Some(cache)) = (&self.norm, &kept.norm) {
            let (d_x, gradients) = norm.backward(cache, d.view());
            parts.push(gradients);
            d = d_x;
        }
        for (sublayer, kept) in self.sublayers.iter().zip(&kept.sublayers).rev() {
            let asked = memory.as_mut().map(|(memory, d_memory)| Asked { memory: memory.view(), d_memory });
            let (d_x, gradients) = sublayer.backward(kept, asked, d.view());
            parts.push(gradients);
            d = d_x;
        }
        (d, parts.into_iter().rev().fold(Gradients::none(), Gradients::and))
    }

    pub(crate) fn parameters(&self) -> Vec<Named<ArrayViewD<'_, f32>>> {
        let mut all: Vec<_> = self.sublayers.iter().flat_map(Sublayer::parameters).collect();
        let (name, last) = (join(self.name, "norm"), self.norm.iter().flat_map(|norm| norm.parameters()));
        all.extend(last.map(|p| Named { name: join(&name, &p.name), value: p.value }));
        all
    }

    pub(crate) fn parameters_mut(&mut self) -> Vec<Named<ArrayViewMutD<'_, f32>>> {
        let mut all: Vec<_> = self.sublayers.iter_mut().flat_map(Sublayer::parameters_mut).collect();
        let (name, last) = (join(self.name, "norm"), self.norm.iter_mut().flat_map(|norm| norm.parameters_mut()));
        all.extend(last.map(|p| Named { name: join(&name, &p.name), value: p.value }));
        all
    }

    /// For `shape`, with a memory of `memory` steps.
    pub(crate) fn cost(&self, shape: Shape, memory: usize) -> Cost {
        let last = self.norm.iter().map(|norm| norm.cost(shape));
        self.sublayers.iter().map(|sublayer| sublayer.cost(shape, memory)).chain(last).sum()
    }
}
