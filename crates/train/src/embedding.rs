//! Tokens to vectors: one table per channel, summed over channels.

use layer::{Gradients, Named, init, named};
use ndarray::{Array2, Array3, ArrayView3, ArrayViewD, ArrayViewMutD, s};

/// One table `(vocabulary, width)` per input channel. Entries start normal with mean 0 and deviation 1.
#[derive(Clone, Debug)]
pub struct Embedding {
    tables: Vec<Array2<f32>>,
}

impl Embedding {
    /// For channels of these vocabulary sizes.
    pub fn new(vocabularies: &[usize], width: usize, seed: u64) -> Self {
        let tables = vocabularies
            .iter()
            .enumerate()
            .map(|(channel, size)| init::normal((*size, width), 1.0, seed, &format!("embedding.{channel}")))
            .collect();
        Self { tables }
    }

    /// From ready tables, all of one width.
    pub fn from_tables(tables: Vec<Array2<f32>>) -> Self {
        Self { tables }
    }

    /// Tokens `(batch, time, channel)` to `(batch, time, width)`.
    ///
    /// # Panics
    /// When a token is outside its vocabulary.
    pub fn forward(&self, tokens: ArrayView3<'_, u32>) -> Array3<f32> {
        let (batch, time, channels) = tokens.dim();
        assert_eq!(channels, self.tables.len(), "one table for each channel");
        let width = self.tables[0].ncols();
        let mut x = Array3::zeros((batch, time, width));
        for (mut row, tokens) in x.rows_mut().into_iter().zip(tokens.rows()) {
            for (table, token) in self.tables.iter().zip(tokens) {
                row += &table.row(*token as usize);
            }
        }
        x
    }

    /// Gradients of the tables: the rows of `d_x` summed over every place a token stands.
    pub fn backward(&self, tokens: ArrayView3<'_, u32>, d_x: ArrayView3<'_, f32>) -> Gradients {
        let tables = self.tables.iter().enumerate().map(|(channel, table)| {
            let mut d_table = Array2::zeros(table.raw_dim());
            for (token, d_row) in tokens.slice(s![.., .., channel]).iter().zip(d_x.rows()) {
                let mut row = d_table.row_mut(*token as usize);
                row += &d_row;
            }
            d_table
        });
        tables.fold(Gradients::none(), Gradients::with)
    }

    /// `embedding.0`, `embedding.1`, …
    pub fn parameters(&self) -> Vec<Named<ArrayViewD<'_, f32>>> {
        let tables = self.tables.iter().enumerate();
        tables.map(|(i, table)| named(format!("embedding.{i}"), table.view().into_dyn())).collect()
    }

    /// The same, to be written to.
    pub fn parameters_mut(&mut self) -> Vec<Named<ArrayViewMutD<'_, f32>>> {
        let tables = self.tables.iter_mut().enumerate();
        tables.map(|(i, table)| named(format!("embedding.{i}"), table.view_mut().into_dyn())).collect()
    }
}
