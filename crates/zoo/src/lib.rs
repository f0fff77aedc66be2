//! The table of layers: the only crate that names them all.
