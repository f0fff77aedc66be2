//! Inputs to vectors: tokens by one table per channel, numbers by a linear map, all of it summed.

use kernels::product::product;
use layer::affine::{flatten, unflatten};
use layer::{Gradients, Named, init, named};
use ndarray::{Array2, Array3, ArrayView3, ArrayViewD, ArrayViewMutD, s};

/// One table `(vocabulary, width)` per channel of tokens, and one matrix `(values, width)` for the numbers of a step.
/// Entries start normal with mean 0; those of tables with deviation 1, those of the matrix with 1/√values, so that
/// numbers of unit variance are embedded as large as a token.
#[derive(Clone, Debug)]
pub struct Embedding {
    tables: Vec<Array2<f32>>,
    values: Option<Array2<f32>>,
}

impl Embedding {
    /// For channels of these vocabulary sizes, and so many numbers.
    pub fn new(vocabularies: &[usize], values: usize, width: usize, seed: u64) -> Self {
        let tables = vocabularies
            .iter()
            .enumerate()
            .map(|(channel, size)| init::normal((*size, width), 1.0, seed, &format!("embedding.{channel}")))
            .collect();
        let deviation = 1.0 / (values as f32).sqrt();
        let values = (values > 0).then(|| init::normal((values, width), deviation, seed, "embedding.values"));
        Self { tables, values }
    }

    /// From ready tables, all of one width.
    pub fn from_tables(tables: Vec<Array2<f32>>) -> Self {
        Self { tables, values: None }
    }

    /// Tokens `(batch, time, channel)` and numbers `(batch, time, value)` to `(batch, time, width)`.
    ///
    /// # Panics
    /// When a token is outside its vocabulary.
    pub fn forward(&self, tokens: ArrayView3<'_, u32>, values: ArrayView3<'_, f32>) -> Array3<f32> {
        let (batch, time, channels) = tokens.dim();
        assert_eq!(channels, self.tables.len(), "one table for each channel");
        let mut x = match &self.values {
            Some(map) => unflatten(product(flatten(&values), map.view()), batch, time),
            None => Array3::zeros((batch, time, self.tables[0].ncols())),
        };
        for (mut row, tokens) in x.rows_mut().into_iter().zip(tokens.rows()) {
            for (table, token) in self.tables.iter().zip(tokens) {
                row += &table.row(*token as usize);
            }
        }
        x
    }

    /// Gradients: of a table, the rows of `d_x` summed over every place a token stands; of the matrix, Σ valueᵀ·d_x.
    pub fn backward(
        &self,
        tokens: ArrayView3<'_, u32>,
        values: ArrayView3<'_, f32>,
        d_x: ArrayView3<'_, f32>,
    ) -> Gradients {
        let tables = self.tables.iter().enumerate().map(|(channel, table)| {
            let mut d_table = Array2::zeros(table.raw_dim());
            for (token, d_row) in tokens.slice(s![.., .., channel]).iter().zip(d_x.rows()) {
                let mut row = d_table.row_mut(*token as usize);
                row += &d_row;
            }
            d_table
        });
        let gradients = tables.fold(Gradients::none(), Gradients::with);
        match &self.values {
            Some(_) => gradients.with(product(flatten(&values).t(), flatten(&d_x))),
            None => gradients,
        }
    }

    /// `embedding.0`, `embedding.1`, … and, where there are numbers, `embedding.values`.
    pub fn parameters(&self) -> Vec<Named<ArrayViewD<'_, f32>>> {
        let tables = self.tables.iter().enumerate();
        let tables = tables.map(|(i, table)| named(format!("embedding.{i}"), table.view().into_dyn()));
        tables.chain(self.values.iter().map(|map| named("embedding.values", map.view().into_dyn()))).collect()
    }

    /// The same, to be written to.
    pub fn parameters_mut(&mut self) -> Vec<Named<ArrayViewMutD<'_, f32>>> {
        let tables = self.tables.iter_mut().enumerate();
        let tables = tables.map(|(i, table)| named(format!("embedding.{i}"), table.view_mut().into_dyn()));
        tables.chain(self.values.iter_mut().map(|map| named("embedding.values", map.view_mut().into_dyn()))).collect()
    }
}
